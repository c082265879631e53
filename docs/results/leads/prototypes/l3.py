from h import *
import pickle
from l7 import potts_score
def refine_majority(s,l,k,n=6,sweeps=1):
    from sklearn.neighbors import NearestNeighbors
    i=NearestNeighbors(n_neighbors=n+1).fit(s.xy).kneighbors(s.xy)[1]
    for _ in range(sweeps): l=np.eye(k)[l][i].sum(1).argmax(1)
    return l
def hmrf(s,X,R,beta,iters=60,red=20,full=False):
    """EEE + Potts mean field; X features, R start"""
    A=adj(s); W,_=whiten(X); W=W[:,:red]; n,d=W.shape; I=np.eye(d); k=R.shape[1]
    b=beta
    for it in range(iters):
        nk=R.sum(0)+1e-6; mu=(R.T@W)/nk[:,None]; Sg=I-(mu*nk[:,None]).T@mu/n+1e-6*I
        Lc=np.linalg.cholesky(Sg); Am=sl.cho_solve((Lc,True),mu.T); E=W@Am-.5*(mu.T*Am).sum(0)
        if beta=='pl':
            I1=np.eye(k)[R.argmax(1)]; b=potts_score(s,R.argmax(1),A,k)[1]; b=min(b,4)
        R0=R
        for _ in range(3):
            lp=E+b*(A@R); lp-=lp.max(1,keepdims=True); R=np.exp(lp); R/=R.sum(1,keepdims=True)
        if np.abs(R-R0).max()<1e-3: break
    return R
def main(mode):
    T=Table('l3_potts_'+mode); open(f'out/l3_potts_{mode}.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; P=base(s,c,20,mode); st=FAM[n]=='st'
        for sd in (0,1):
            ll,R=gmm(diffuse(L_(s,c),P,10 if not st else 0),k,seed=sd); l=R.argmax(1); T.add('floor',n,sc(s,l))
            T.add('majority6',n,sc(s,refine_majority(s,l,k,6))); T.add('majority50',n,sc(s,refine_majority(s,l,k,50)))
            for a in (0,1,3,10):
                X=diffuse(L_(s,c),P,a if not st else min(a,.3)) if a else P
                for b in (.5,1,2,'pl'): T.add(f'hmrf a{a} b{b}',n,sc(s,hmrf(s,X,R,b).argmax(1)))
            X=P; U=R
            # repeat: M on a=0 with own prior, then recompute
        print(n,flush=True)
    print(T.show())
if __name__=='__main__': main(sys.argv[1])
