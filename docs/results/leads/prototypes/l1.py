# consensus: pool of partitions by form; combine
from h import *
import pickle
pool_spec={'log':[('log',a,d) for a in (3,5,10,20) for d in (10,15,20)],'sqrt':[('sqrt',a,d) for a in (3,5,10,20) for d in (10,15,20)]}
def pool(s,mode,al=(3,5,10,20),ds=(10,15,20),seeds=(0,)):
    f=f'{C}pool_{s.n}_{mode}.pkl'
    if os.path.exists(f): return pickle.load(open(f,'rb'))
    c={};out={}
    for a in al:
        for d in ds:
            for sd in seeds:
                aa=a if FAM[s.n]!='st' else a/20
                ll,R=gmm(diffuse(L_(s,c),base(s,c,d,mode),aa),s.k,seed=sd,starts=10,keep=3); out[(a,d,sd)]=R
    pickle.dump(out,open(f,'wb')); return out
def align(R,ref):
    i,j=linear_sum_assignment(-(ref.T@R)); return R[:,j]
def mean_ari(P):
    l=[R.argmax(1) for R in P]; n=len(l); M=np.ones((n,n))
    for i in range(n):
        for j in range(i): M[i,j]=M[j,i]=ARI(l[i],l[j])
    return M
def consensus(P,iters=10):
    M=mean_ari(P); r=M.mean(1).argmax(); ref=P[r]; w=np.ones(len(P))
    for _ in range(iters):
        Al=[align(R,ref) for R in P]; ref2=np.mean(Al,0)
        if np.abs(ref2-ref).max()<1e-6: break
        ref=ref2
    return P[r].argmax(1),ref,M.mean(1)
def svdcons(P,k):
    Z=np.hstack(P); Z=Z/np.sqrt(Z.sum(0)+1e-9); Z=Z[:,np.isfinite(Z).all(0)]; u,sv,v=np.linalg.svd(Z,full_matrices=False); return KMeans(k,n_init=20,random_state=0).fit_predict(u[:,:k])
if __name__=='__main__':
    from sklearn.metrics import roc_auc_score
    T=Table('l1_consensus'); open('out/l1_consensus.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); allP=[]
        for mode in ('log','sqrt'):
            po=pool(s,mode); P=list(po.values()); allP+=P
            T.add(f'{mode} mean of pool',n,np.mean([sc(s,R.argmax(1)) for R in P])); T.add(f'{mode} best of pool (oracle)',n,max(sc(s,R.argmax(1)) for R in P))
            c,R,w=consensus(P); T.add(f'{mode} central',n,sc(s,c)); T.add(f'{mode} vote',n,sc(s,R.argmax(1))); T.add(f'{mode} svd',n,sc(s,svdcons(P,k)))
        c,R,w=consensus(allP); T.add('both central',n,sc(s,c)); T.add('both vote',n,sc(s,R.argmax(1))); T.add('both svd',n,sc(s,svdcons(allP,k)))
        l=R.argmax(1); i,j=linear_sum_assignment(-np.array([[((l==a)&(s.t==b)&s.m).sum() for b in np.unique(s.t[s.m])] for a in range(k)])); tn=np.unique(s.t[s.m]); mp=dict(zip(i,tn[j])); ok=np.array([mp.get(x)==y for x,y in zip(l[s.m],s.t[s.m])]); T.add('confidence AUC',n,roc_auc_score(ok,R.max(1)[s.m]))
        print(n,flush=True)
    print(T.show())
