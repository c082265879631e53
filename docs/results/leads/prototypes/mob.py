from h import *
from h2 import emT,prep
from l7 import shr
s=load('st_mob'); c={}; k=5
def gm(X,d,lam=0,seed=0,T=1.,starts=20):
    W,P=prep(X,k,d); rng=np.random.default_rng(seed); cs=[lloyd(P,k,rng) for _ in range(starts)]+[wardmicro(P,k,rng)]
    r=[emT(W,np.eye(k)[l],200,lam=lam,T=T) for l in cs]; r=[(ll-(1e6 if R.sum(0).min()<min(d+1,26) else 0),R) for ll,R in r]; return max(r,key=lambda z:z[0])[1].argmax(1)
T={}
for mode in ('log','logmed','ft','sqrt','rank','pearson'):
    for nt in (1000,5000):
        P=base(s,c,50,mode,nt); lib=np.asarray(s.X.sum(1)).ravel()
        row=[]
        for a in (0,.3,1):
            X=diffuse(L_(s,c),P,a)
            for d in (3,4,6,10,20): row.append(np.mean([sc(s,gm(X[:,:d],d,seed=q)) for q in (0,1)]) if d<=6 else np.mean([sc(s,shr(X[:,:d],k,.3,q)) for q in (0,1)]))
            row.append(sc(s,KMeans(k,n_init=20,random_state=0).fit_predict(X[:,:20])))
            Zw=P[:,:20]/np.sqrt(P[:,:20].std(0)); Zw=diffuse(L_(s,c),Zw,a); row.append(sc(s,KMeans(k,n_init=20,random_state=0).fit_predict(Zw)))
        print(f'{mode:8}{nt}',' '.join(f'{x:.2f}' for x in row),'| corr PC1,lib',round(np.corrcoef(P[:,0],np.log(lib))[0,1],2),flush=True)
