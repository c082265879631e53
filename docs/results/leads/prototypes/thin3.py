import sys; sys.argv=['x','none']
from thin import variant
from h import *; from l1 import consensus; from b5 import rings
import pickle
V=lambda s,M: round(sc(s,consensus(M)[1].argmax(1)),3)
for n in ('dlpfc_151673','dlpfc_151675','starmap_mvc','starmap_mpfc_bz5','osmfish'):
    s=load(n); po=pickle.load(open(C+f'pools3_{n}.pkl','rb')); vi=pickle.load(open(C+f'views_{n}.pkl','rb'))
    ix=[0,2,3,5,6,8]; D=lambda m: [po[m][i] for i in ix]
    lg=D('log'); lm=D('logmed s0'); sq=D('sqrt s0'); rm=vi['rings3','logmed']; rs=vi['rings3','sqrt']
    print(n,'full: log',V(s,lg),'logmed',V(s,lm),'sqrt',V(s,sq),'log+logmed',V(s,lg+lm),'log+sqrt',V(s,lg+sq),'3',V(s,lg+lm+sq),'3+rings',V(s,lg+lm+sq+rm+rs),flush=True)
for n in ('dlpfc_151675','dlpfc_151673'):
    s=variant(load(n),'thin',1); L=lap(s); M={}
    for m in ('log','logmed','sqrt'):
        P=pca(lognorm(s,5000,m),20); M[m]=[gmm(diffuse(L,P[:,:d],a),s.k,starts=8,keep=2)[1] for a in (5,10,20) for d in (10,20)]; M[m+'r']=[gmm(rings(s,P[:,:d],3),s.k,starts=8,keep=2)[1] for d in (8,12)]
    c=lambda *k: V(s,sum((M[x] for x in k),[]))
    print(n,'thin: log',c('log'),'logmed',c('logmed'),'sqrt',c('sqrt'),'log+logmed',c('log','logmed'),'3',c('log','logmed','sqrt'),'log+sqrt',c('log','sqrt'),'3+rings',c('log','logmed','sqrt','logr','logmedr','sqrtr'),'log+rings',c('log','logr'),'log+logmed+rings',c('log','logmed','logr','logmedr'),flush=True)
