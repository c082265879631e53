from h import *
from l1 import consensus,align,pool,mean_ari
from b1 import poolP,AL,cached,regd
from sklearn.cluster import SpectralClustering
def DS(P,k,R0,iters=50,eps=1.):
    L=[np.eye(k)[R.argmax(1)] for R in P]; R=R0.copy()
    for _ in range(iters):
        lp=np.log(R.mean(0)+1e-12)[None].repeat(len(R),0)
        for Z in L:
            Cm=R.T@Z+eps*np.eye(k)/k+eps/k; Cm/=Cm.sum(1,keepdims=True); lp=lp+(Z@np.log(Cm).T)*(1/len(L))*3
        lp-=lp.max(1,keepdims=True); N=np.exp(lp); N/=N.sum(1,keepdims=True)
        if np.abs(N-R).max()<1e-4: break
        R=N
    return N
def superpix(s,c,P,per=12,a=3):
    X=diffuse(L_(s,c),P,a); W,_=whiten(X); A=adj(s); m=max(s.k*8,s.N//per); return AgglomerativeClustering(m,connectivity=A).fit_predict(X)
def suplab(s,c,P,per,a,seed=0):
    l=superpix(s,c,P,per,a); m=l.max()+1; I=sp.csr_matrix((np.ones(s.N),(np.arange(s.N),l)),shape=(s.N,m)); n=np.asarray(I.sum(0)).ravel(); M=(I.T@P)/n[:,None]
    # weighted by repetition: broadcast to spots and cluster spots
    X=I@M; X=X+1e-3*diffuse(L_(s,c),P,a); return X
def spec(X,k,nn=20,seed=0):
    W,Pp=whiten(X); return SpectralClustering(k,affinity='nearest_neighbors',n_neighbors=nn,random_state=seed,assign_labels='cluster_qr').fit_predict(Pp)
if __name__=='__main__':
    T=Table('b2'); open('out/b2.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; st=FAM[n]=='st'; P=base(s,c,50,'ft',5000); Lg=base(s,c,50,'log',5000); Sq=base(s,c,50,'sqrt',5000)
        add=lambda f,l: T.add(f,n,sc(s,l))
        pools={'ft':poolP(s,c,P),'log':poolP(s,c,Lg),'sqrt':poolP(s,c,Sq),'ft-depth':poolP(s,c,regd(s,P)),'rank':poolP(s,c,base(s,c,50,'rank',5000))}
        pools['ft s1']=poolP(s,c,P,seed=1)
        comb={'ft':('ft',),'ft s1':('ft s1',),'log':('log',),'sqrt':('sqrt',),'ft2':('ft','ft s1'),'ft+log':('ft','log'),'ft+sqrt':('ft','sqrt'),'ft+-depth':('ft','ft-depth'),'ft+log+sqrt+-depth':('ft','log','sqrt','ft-depth'),'all+rank':('ft','log','sqrt','ft-depth','rank'),'rank':('rank',)}
        import pickle; pickle.dump(pools,open(C+f'pools_{n}.pkl','wb'))
        for nm,cs in comb.items():
            pp=sum((pools[x] for x in cs),[]); add(nm+' mean',np.zeros(s.N)) if 0 else None
            ct,R,w=consensus(pp); add(nm+' central',ct); add(nm+' vote',R.argmax(1)); add(nm+' DS',DS(pp,k,R).argmax(1))
        for per in (6,12,25):
            for a in (1,3): X=suplab(s,c,P[:,:20],per,a if not st else .2); add(f'super per{per} a{a}',lab(X,k))
        for a in (5,10):
            X=diffuse(L_(s,c),P[:,:20],a if not st else 0)
            for nn in (15,40): add(f'spectral a{a} nn{nn}',spec(X,k,nn))
        print(n,{f:round(r[n][-1],3) for f,r in T.rows.items()},flush=True)
    print(T.show())
