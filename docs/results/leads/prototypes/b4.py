from h import *
from l1 import consensus,align
import pickle
def onehots(P):
    out=[]
    for R in P:
        Z=np.eye(R.shape[1])[R.argmax(1)]; Z=Z[:,Z.sum(0)>0]; out.append(Z/np.sqrt(Z.sum(0)))
    Z=np.hstack(out)/np.sqrt(len(out)); return Z
def cspec(P,k,extra=0):
    u,sv,v=np.linalg.svd(onehots(P),full_matrices=False); U=u[:,:k+extra]; return u*sv
if __name__=='__main__':
    T=Table('b4_multiK'); open('out/b4_multiK.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        s=load(n); c={}; st=FAM[n]=='st'; add=lambda f,v: T.add(f,n,v); P={}
        modes=('logmed','sqrt') if not st else ('rank','logmed')
        for K in (k-1,k,k+1,k+2,k+4):
            P[K]=[gmm(diffuse(L_(s,c),base(s,c,d,m,5000),a),K,seed=0,starts=8,keep=2)[1] for m in modes for a in ((5,10,20) if not st else (0,.25,.5)) for d in (15,)]
        def fin(nm,pp,vote=False):
            Z=cspec(pp,k)
            add(nm+' svd-kmeans',sc(s,KMeans(k,n_init=20,random_state=0).fit_predict(Z[:,:k]))); add(nm+' svd-ward',sc(s,AgglomerativeClustering(k).fit_predict(Z[:,:20])))
            U=Z[:,:k]/(np.linalg.norm(Z[:,:k],axis=1,keepdims=True)+1e-12); add(nm+' svd-unit-kmeans',sc(s,KMeans(k,n_init=20,random_state=0).fit_predict(U)))
        add('k only vote',sc(s,consensus(P[k])[1].argmax(1))); fin('k only',P[k]); fin('k-1..k+1',P[k-1]+P[k]+P[k+1]); fin('k..k+4',P[k]+P[k+1]+P[k+2]+P[k+4]); fin('all K',sum(P.values(),[]))
        print(n,{f:round(np.mean(r[n]),3) for f,r in T.rows.items() if n in r},flush=True)
    print(T.show())
