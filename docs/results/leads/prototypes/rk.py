from h import *
from l1 import consensus
s=load('st_mob')
genes=np.sort(np.argsort(s.rank,kind='stable')[:5000])
X=s.X[:,genes].toarray()
from scipy.stats import rankdata
R=rankdata(X,axis=1)/X.shape[1]
base=np.array([R[i][X[i]==0][0] if (X[i]==0).any() else 0 for i in range(len(X))])
for name,Y in (('full',R),('minus base',np.where(X>0,R-base[:,None],0))):
    P0=pca(Y,20); P=[]
    for a in (0,.25,.5):
        for d in (3,4,5,6):
            ll,r=gmm(diffuse(lap(s),P0[:,:d],a),s.k,seed=0,starts=10,keep=3); P.append(r)
    c,ref,w=consensus(P); print(name,np.mean([sc(s,r.argmax(1)) for r in P]),sc(s,ref.argmax(1)),flush=True)
