from h import *; from l1 import consensus; from b3 import auc; from b5 import rings; import pickle
T=Table('final_C_visium3'); open('out/final_C_visium3.csv','w').write('form,set,i,ari\n')
for n in ('dlpfc_151673','dlpfc_151675'):
    s=load(n); L=lap(s); P=base(s,{},50,'log',5000); ls=[]
    for sd in (0,1,2):
        M=pickle.load(open(C+f'final_{n}_{sd}.pkl','rb')); b=[v for q,v in M.items() if q[0]=='r' or q[3]!=15]
        lg=[gmm(diffuse(L,P[:,:d],a),s.k,seed=sd,starts=8,keep=2)[1] for a in (5,10,20) for d in (10,20)]
        R=consensus(b+lg)[1]; l=R.argmax(1); T.add('3 transforms x6 + rings4 vote',n,sc(s,l)); T.add('AUC of confidence',n,auc(s,l,R.max(1),s.k)); ls.append(l)
        low=R.max(1)<np.quantile(R.max(1),.2); T.add('ARI without the least sure fifth',n,ARI(s.t[s.m&~low],l[s.m&~low]))
    T.add('seeds agree (ARI)',n,np.mean([ARI(ls[i],ls[j]) for i in range(3) for j in range(i)]))
    print(n,{f:[round(x,3) for x in r[n]] for f,r in T.rows.items()},flush=True)
