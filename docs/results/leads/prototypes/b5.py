from h import *
from l1 import consensus
from scipy.sparse.linalg import expm_multiply
import pickle
def rings(s,P,hops):
    A=adj(s); out=[P]; reach=sp.eye(s.N,format='csr')
    for h in range(hops):
        nx=((reach@A+reach)>0).astype(float); ring=nx-reach; ring.eliminate_zeros(); dd=np.maximum(np.asarray(ring.sum(1)).ravel(),1); out.append(sp.diags(1/dd)@ring@P); reach=nx
    return np.hstack(out)
if __name__=='__main__':
    T=Table('b5_views'); open('out/b5_views.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; st=FAM[n]=='st'; add=lambda f,v: T.add(f,n,v); V={}
        for m in ('logmed','sqrt'):
            P=base(s,c,50,m,5000); L=L_(s,c)
            V['rings3',m]=[rings(s,P[:,:d],3) for d in (8,12)]
            V['rings2',m]=[rings(s,P[:,:d],2) for d in (8,12)]
            V['heat5',m]=[expm_multiply(-5.*L if not st else -.3*L,P[:,:d]) for d in (10,20)]
            V['smooth+res',m]=[np.hstack([diffuse(L,P[:,:d],10 if not st else .3),diffuse(L,P[:,:d],50 if not st else 2)]) for d in (10,)]
        R={}
        for key,xs in V.items():
            R[key]=[gmm(X,k,seed=0,starts=8,keep=3)[1] for X in xs]; add(f'{key[0]} {key[1]} mean',np.mean([sc(s,r.argmax(1)) for r in R[key]]))
        pickle.dump(R,open(C+f'views_{n}.pkl','wb'))
        allr=sum(R.values(),[]); add('all views vote',sc(s,consensus(allr)[1].argmax(1)))
        r3=R['rings3','logmed']+R['rings3','sqrt']; add('rings3 vote',sc(s,consensus(r3)[1].argmax(1)))
        f=C+f'pools3_{n}.pkl'
        if os.path.exists(f):
            po=pickle.load(open(f,'rb')); b=po['logmed s0']+po['sqrt s0']; add('base vote',sc(s,consensus(b)[1].argmax(1))); add('base+rings3 vote',sc(s,consensus(b+r3*2)[1].argmax(1))); add('base+all views vote',sc(s,consensus(b+allr)[1].argmax(1)))
        print(n,{f:round(float(np.mean(r[n])),3) for f,r in T.rows.items() if n in r},flush=True)
    print(T.show())
