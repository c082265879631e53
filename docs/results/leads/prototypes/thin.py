# robustness: other "slides": counts thinned to 30 %, and a crop (half of the spots on one side of a random line); floor against proposal
import h; from h import *
from l1 import consensus
from b5 import rings
from b1 import cached
def variant(s,kind,seed):
    rng=np.random.default_rng(seed); q=S(); q.n=s.n; q.k=s.k; q.genes=s.genes; q.var=s.var
    if kind=='thin':
        X=s.X.copy(); X.data=rng.binomial(X.data.astype(int),.3).astype(float); q.X=X; i=np.arange(s.N)
    else:
        th=rng.uniform(0,np.pi); v=s.xy@[np.cos(th),np.sin(th)]; i=np.flatnonzero(v>np.quantile(v,.35)); q.X=s.X[i]
    q.xy=s.xy[i]; q.t=s.t[i]; q.m=s.m[i]; q.N=len(i); q.rank=s.rank
    u,cn=np.unique(q.t[q.m],return_counts=True); q.k=int((cn>=20).sum()) if kind!='thin' else s.k
    keep=np.asarray(q.X.sum(1)).ravel()>0
    if not keep.all(): j=np.flatnonzero(keep); q.X=q.X[j]; q.xy=q.xy[j]; q.t=q.t[j]; q.m=q.m[j]; q.N=len(j)
    return q
if __name__!="__main__": SETS=[]
T=Table('thin'); open('out/thin.csv' if __name__=='__main__' else '/dev/null','w').write('form,set,i,ari\n')
for n,_,k in SETS:
    if len(sys.argv)>1 and n not in sys.argv[1:]: continue
    s0=load(n)
    for kind in ('thin','crop'):
        s=variant(s0,kind,1); k=s.k; L=lap(s); st=FAM[n]=='st'; PC={m:pca(lognorm(s,5000,m),20) for m in ('log','logmed','sqrt')+(('rank',) if st else ())}
        T.add(kind+' floor log1e4 a10 d20',n,sc(s,lab(diffuse(L,PC['log'],10 if not st else 0),k)))
        if st: M=[gmm(diffuse(L,PC['rank'][:,:d],a),k,starts=10)[1] for a in (0,.25,.5) for d in (3,4,5,6)]
        else:
            M=[gmm(diffuse(L,PC[m][:,:d],a),k,starts=8,keep=2)[1] for m in ('logmed','sqrt') for a in (5,10,20) for d in (10,20)]
            T.add(kind+' diff12 vote',n,sc(s,consensus(M)[1].argmax(1)))
            M+=[gmm(rings(s,PC[m][:,:d],3),k,starts=8,keep=2)[1] for m in ('logmed','sqrt') for d in (8,12)]
        T.add(kind+' proposal',n,sc(s,consensus(M)[1].argmax(1)))
        print(n,kind,{f:round(r[n][-1],3) for f,r in T.rows.items() if n in r},flush=True)
print(T.show())
