# head forms on fixed embeddings; optima vs truth
from h import *
from sklearn.mixture import GaussianMixture
from l5 import B
def potts_score(s,l,A,k):
    """log pseudo-likelihood of labels under Potts with ML beta (1-d)"""
    I=np.eye(k)[l]; cnt=A@I; deg=np.asarray(A.sum(1)).ravel(); own=cnt[np.arange(len(l)),l]
    best=-1e18
    for b in np.linspace(0,4,41):
        z=b*cnt; m=z.max(1); v=(b*own-m-np.log(np.exp(z-m[:,None]).sum(1))).sum()
        if v>best: best=v;bb=b
    return best,bb
def em_shrink(X,k,R,nu,iters=200):
    """tied covariance shrunk toward scaled isotropic in PCA coordinates: S=(1-nu)S+nu*tr(S)/d I"""
    n,d=X.shape; ll0=-np.inf; I=np.eye(d); XX=X.T@X
    for it in range(iters):
        nk=R.sum(0)+1e-10; pi=nk/n; mu=(R.T@X)/nk[:,None]; Sg=(XX-(mu*nk[:,None]).T@mu)/n
        Sg=(1-nu)*Sg+nu*np.trace(Sg)/d*I; Lc=np.linalg.cholesky(Sg); Y=sl.solve_triangular(Lc,X.T,lower=True).T; M=sl.solve_triangular(Lc,mu.T,lower=True).T
        q=(Y**2).sum(1)[:,None]-2*Y@M.T+(M**2).sum(1); lp=np.log(pi)-.5*q; m=lp.max(1); e=np.exp(lp-m[:,None]); t=e.sum(1); ll=(m+np.log(t)).sum()-n*np.log(np.diag(Lc)).sum(); R=e/t[:,None]
        if abs(ll-ll0)<1e-2: break
        ll0=ll
    return ll,R
def shr(X,k,nu,seed=0,starts=12):
    X=X-X.mean(0); X=X/np.sqrt((X**2).sum(1).mean()); rng=np.random.default_rng(seed)
    c=[em_shrink(X,k,np.eye(k)[lloyd(X,k,rng)],nu,15) for _ in range(starts)]; c.append(em_shrink(X,k,np.eye(k)[wardmicro(X,k,rng)],nu,15)); c.sort(key=lambda z:-z[0])
    return max((em_shrink(X,k,R,nu,300) for _,R in c[:3]),key=lambda z:z[0])[1].argmax(1)
if __name__=='__main__':
    T=Table('l7_head'); open('out/l7_head.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; A=adj(s)
        for mode in ('log','ft'):
            X=diffuse(L_(s,c),base(s,c,20,mode),10 if FAM[n]!='st' else 0)
            al=gmm(X,k,starts=30,seed=1,all=True); lls=np.array([z[0] for z in al]); L=[z[1].argmax(1) for z in al]; r=np.array([sc(s,l) for l in L]); ps=np.array([potts_score(s,l,A,k)[0] for l in L]); ent=np.array([(z[1]*np.log(z[1]+1e-12)).sum() for z in al])
            ok=lls>lls.max()-1e5
            P=lambda f,v: T.add(mode+' '+f,n,v)
            P('best ll',r[lls.argmax()]); P('oracle of optima',r[ok].max()); P('mean of optima',r[ok].mean()); P('corr ll,ARI',np.corrcoef(lls[ok],r[ok])[0,1]); P('corr potts,ARI',np.corrcoef(ps[ok],r[ok])[0,1])
            P('ll+potts',r[(lls+ps).argmax()]); P('ICL',r[(lls+ent).argmax()]); P('ICL+potts',r[(lls+ent+ps).argmax()]);
            Z=lls.copy(); P('potts only',r[np.where(ok,ps,-1e18).argmax()])
            P('kmeans',sc(s,KMeans(k,n_init=10,random_state=0).fit_predict(X)))
            for nu in (.01,.1,.3,1.): P(f'shrink{nu}',np.mean([sc(s,shr(X,k,nu,sd)) for sd in (0,1)]))
            P('full',sc(s,GaussianMixture(k,covariance_type='full',n_init=3,random_state=0,reg_covar=1e-6).fit_predict(X/X.std(0).mean())))
            P('diag',sc(s,GaussianMixture(k,covariance_type='diag',n_init=3,random_state=0).fit_predict(X/X.std(0).mean())))
            U,_=whiten(X); P('kmeans whitened',sc(s,KMeans(k,n_init=10,random_state=0).fit_predict(U)))
        print(n,flush=True)
    print(T.show())
