# head variants on ft a=10 (mob 0): temper, fixed proportions, t-mixture, overcluster+merge
from h import *
from l5 import B
def emT(W,R,iters,T=1.,fixpi=False,nu=None,tol=1e-2,lam=0.):
    n,d=W.shape; ll0=-np.inf; I=np.eye(d); U=np.ones((n,1))
    for it in range(iters):
        nk=R.sum(0)+1e-10; pi=nk/n if not fixpi else np.ones(len(nk))/len(nk)
        Ru=R*U if nu else R; mu=(Ru.T@W)/(Ru.sum(0)[:,None]+1e-10)
        if nu: Sg=(W.T*(Ru.sum(1)))@W/n-(mu*Ru.sum(0)[:,None]).T@mu/n
        else: Sg=I-(mu*nk[:,None]).T@mu/n
        Sg=(1-lam)*Sg+lam*np.trace(Sg)/d*I+1e-9*I
        Lc=np.linalg.cholesky(Sg); Y=sl.solve_triangular(Lc,W.T,lower=True).T; M=sl.solve_triangular(Lc,mu.T,lower=True).T
        q=np.maximum((Y**2).sum(1)[:,None]-2*Y@M.T+(M**2).sum(1),0)
        if nu: lp=np.log(pi)-.5*(nu+d)*np.log1p(q/nu);
        else: lp=np.log(pi)-.5*q
        m=lp.max(1); ll=(m+np.log(np.exp(lp-m[:,None]).sum(1))).sum()-n*np.log(np.diag(Lc)).sum()
        lt=lp/T; lt-=lt.max(1,keepdims=True); R=np.exp(lt); R/=R.sum(1,keepdims=True)
        if nu: U=(nu+d)/(nu+q);
        if T==1 and not nu and ll-ll0<tol: break
        if it>20 and abs(ll-ll0)<tol: break
        ll0=ll
    return ll,R
def prep(X,k,red=20):
    X=X-X.mean(0); u,s,v=np.linalg.svd(X,full_matrices=False); r=min(red,(s**2>1e-10*s[0]**2).sum(),max(2,len(X)//(8*k))); return u[:,:r]*np.sqrt(len(X)),(u*s)[:,:r]
def head(X,k,seed=0,starts=12,keep=3,**kw):
    W,P=prep(X,k); rng=np.random.default_rng(seed); c=[lloyd(P if i%4 else W,k,rng) for i in range(starts)]+[wardmicro(P,k,rng)]
    a=[emT(W,np.eye(k)[l],12,**kw) for l in c]; a.sort(key=lambda z:-z[0]); b=[emT(W,R,300,**kw) for _,R in a[:keep]]; return max(b,key=lambda z:z[0])[1]
def anneal(X,k,seed=0,runs=3,T0=8.):
    W,P=prep(X,k); rng=np.random.default_rng(seed); best=None
    for r in range(runs):
        R=np.eye(k)[lloyd(P,k,rng)]
        for T in np.geomspace(T0,1,8): ll,R=emT(W,R,25,T=T)
        ll,R=emT(W,R,200)
        if best is None or ll>best[0]: best=(ll,R)
    return best[1]
def merge(X,k,f=2,seed=0,how='ward'):
    K=f*k; R=gmm(X,K,seed=seed,starts=8,keep=2)[1]; W,P=prep(X,K)
    while R.shape[1]>k:
        nk=R.sum(0); mu=R.T@W/(nk[:,None]+1e-9); Sg=np.eye(W.shape[1])-(mu*nk[:,None]).T@mu/len(W); Mh=mu@np.linalg.inv(np.linalg.cholesky(Sg+1e-9*np.eye(len(Sg)))).T
        if how=='ward': D=((Mh[:,None]-Mh[None])**2).sum(-1)*(nk[:,None]*nk/(nk[:,None]+nk+1e-9))
        elif how=='eucl':
            mp=R.T@P/(nk[:,None]+1e-9); D=((mp[:,None]-mp[None])**2).sum(-1)*(nk[:,None]*nk/(nk[:,None]+nk+1e-9))
        elif how=='ent':
            D=np.zeros((len(nk),)*2); h=lambda x: x*np.log(x+1e-12)
            for i in range(len(nk)):
                for j in range(i): D[i,j]=D[j,i]=-(h(R[:,i]+R[:,j])-h(R[:,i])-h(R[:,j])).sum()
        np.fill_diagonal(D,np.inf); i,j=np.unravel_index(D.argmin(),D.shape); R[:,i]+=R[:,j]; R=np.delete(R,j,1)
    return R
if __name__=='__main__':
    T=Table('h2_head'); open('out/h2_head.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; mode='ft'
        for a in (5,10,20):
          X=diffuse(L_(s,c),base(s,c,20,mode),a if FAM[n]!='st' else a/20-.25)
          P=lambda f,R: T.add(f,n,sc(s,R.argmax(1)))
          P('eee',head(X,k))
          for t in (2,4,8,16): P(f'T{t}',head(X,k,T=t))
          P('fixpi',head(X,k,fixpi=True)); P('fixpi T4',head(X,k,fixpi=True,T=4))
          for nu in (3,10): P(f't{nu}',head(X,k,nu=nu))
          P('anneal',anneal(X,k)); P('lamW.3',head(X,k,lam=.3))
          for f in (2,3):
            for h in ('ward','eucl','ent'): P(f'merge{f}{h}',merge(X,k,f,how=h))
        print(n,flush=True)
    print(T.show())
