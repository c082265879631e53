from h import *
from l1 import consensus
from b1 import poolP
from b2 import DS
from l3 import hmrf
from sklearn.metrics import roc_auc_score
import pickle
def auc(s,l,conf,k):
    tn=np.unique(s.t[s.m]); i,j=linear_sum_assignment(-np.array([[((l==a)&(s.t==b)&s.m).sum() for b in tn] for a in range(k)])); mp=dict(zip(i,tn[j])); ok=np.array([mp.get(x)==y for x,y in zip(l[s.m],s.t[s.m])]); return roc_auc_score(ok,conf[s.m])
if __name__=='__main__':
    T=Table('b3_consensus'); open('out/b3_consensus.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; st=FAM[n]=='st'; add=lambda f,v: T.add(f,n,v)
        pools=pickle.load(open(C+f'pools_{n}.pkl','rb'))
        for sd in (0,1):
            for mode in ('logmed','sqrt','rank'):
                key=f'{mode} s{sd}'
                if sd==0 and mode in pools: pools[key]=pools[mode]
                elif mode!='rank' or st: pools[key]=poolP(s,c,base(s,c,50,mode,5000),seed=sd)
        pickle.dump(pools,open(C+f'pools3_{n}.pkl','wb'))
        for sd in (0,1):
            combos={'logmed':('logmed',),'sqrt':('sqrt',),'logmed+sqrt':('logmed','sqrt')}
            if st: combos.update({'rank':('rank',),'rank+logmed':('rank','logmed'),'rank+logmed+sqrt':('rank','logmed','sqrt')})
            for nm,cs in combos.items():
                pp=sum((pools[f'{x} s{sd}'] for x in cs),[]); ct,R,w=consensus(pp)
                add(nm+' mean',np.mean([sc(s,r.argmax(1)) for r in pp])); add(nm+' central',sc(s,ct)); add(nm+' vote',sc(s,R.argmax(1))); add(nm+' agreement of runs',w.mean())
                add(nm+' DS',sc(s,DS(pp,k,R).argmax(1)))
                add(nm+' AUC',auc(s,R.argmax(1),R.max(1),k))
                for a in (3,):
                    X=diffuse(L_(s,c),base(s,c,20,'sqrt',5000),a if not st else .3); add(nm+' vote+hmrf',sc(s,hmrf(s,X,R,'pl').argmax(1)))
        pp0=consensus(pools['logmed s0']+pools['sqrt s0'])[1].argmax(1); pp1=consensus(pools['logmed s1']+pools['sqrt s1'])[1].argmax(1); add('logmed+sqrt: two seeds agree (ARI)',ARI(pp0,pp1))
        p9=consensus(pools['logmed s0']+pools['sqrt s0']+pools['logmed s1']+pools['sqrt s1'])[1]; add('logmed+sqrt, 36 runs vote',sc(s,p9.argmax(1)))
        # smaller pools
        for nm,ix in (('d10',(0,3,6)),('d15',(1,4,7)),('d20',(2,5,8)),('a5',(0,1,2)),('a10',(3,4,5)),('a20',(6,7,8))):
            pp=[pools[f'{m} s0'][i] for m in ('logmed','sqrt') for i in ix]; add('only '+nm+' mean',np.mean([sc(s,r.argmax(1)) for r in pp])); add('only '+nm+' vote',sc(s,consensus(pp)[1].argmax(1))); add('only '+nm+' agreement',consensus(pp)[2].mean())
        print(n,{f:round(np.mean(r[n]),3) for f,r in T.rows.items() if n in r},flush=True)
    print(T.show())
