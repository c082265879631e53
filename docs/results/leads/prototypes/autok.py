# Agreement of the views for every number of domains: docs/results/leads/domain_count.md.
from h import *; import pickle
from sklearn.metrics import fowlkes_mallows_score as FMI
n=sys.argv[1]; s=load(n); L=lap(s)
out={}
mode='rank' if n=='st_mob' else 'logmed'
P=base(s,{},50,mode,5000)
views=[(a,d) for a,d in ((0,4),(.25,4),(.5,4),(.25,6))] if n=='st_mob' else [(5,20),(10,20),(20,20),(10,10),(20,10),(10,15)]
X=[diffuse(L,P[:,:d],a) for a,d in views]
for k in range(2,17):
    r=[gmm(x,k,seed=0,starts=8,keep=2) for x in X]
    out[k]=[(ll,R.argmax(1)) for ll,R in r]
    pickle.dump((views,out),open(f'out/autok_{n}.pkl','wb'))
    ls=[l for _,l in out[k]]
    ag=np.mean([ARI(ls[i],ls[j]) for i in range(len(ls)) for j in range(i)])
    print(n,k,round(ag,3),round(np.mean([sc(s,l) for l in ls]),3),[round(z[0]) for z in out[k]],flush=True)
