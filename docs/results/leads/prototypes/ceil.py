from h import *
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as LDA
from l3 import refine_majority
def blocks(s,nb=6):
    # spatially blocked folds: grid nb×nb, folds assigned at random (so each class is seen in training)
    q=[np.floor((v-v.min())/(np.ptp(v)+1e-9)*nb).clip(0,nb-1).astype(int) for v in s.xy.T]; b=q[0]*nb+q[1]; rng=np.random.default_rng(0); f=rng.integers(0,5,nb*nb); return f[b]
if __name__=='__main__':
    T=Table('limits'); open('out/limits.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; m=s.m; f=blocks(s)
        u,tl=np.unique(s.t,return_inverse=True)
        # truth self-ambiguity: majority over 6 neighbours, labelled spots only
        sm=S(); sm.xy=s.xy[m]; tt=np.unique(s.t[m],return_inverse=True)[1]
        for nn in (6,18): T.add(f'truth vs its {nn}-NN majority',n,ARI(tt,refine_majority(sm,tt,k,nn)))
        for mode in ('log','ft'):
            for a in (0,3,10):
                for d in (20,50):
                    X=diffuse(L_(s,c),base(s,c,d,mode),a); p=np.empty(s.N,object)
                    for j in range(5):
                        tr=(f!=j)&m; te=f==j
                        if te.sum(): p[te]=LDA(solver='lsqr',shrinkage=1e-3).fit(X[tr],s.t[tr]).predict(X[te])
                    T.add(f'LDA blocked {mode} a{a} d{d}',n,ARI(s.t[m],p[m].astype(str)))
            # EM started at truth: is truth an optimum of the tied mixture?
            X=diffuse(L_(s,c),base(s,c,20,mode),10 if FAM[n]!='st' else 0)
            R=np.zeros((s.N,k)); R[m]=np.eye(k)[tt]; R[~m]=1/k
            W,_=whiten(X); W=W[:,:min(20,max(2,s.N//(8*k)))]; lt,Rt=em(W,R,1000); bl=gmm(X,k,starts=30)[0]; T.add(f'{mode} EM from the truth',n,sc(s,Rt.argmax(1))); print(n,mode,'ll(truth start)-ll(best found)',lt-bl)
        print(n,flush=True)
    print(T.show())
