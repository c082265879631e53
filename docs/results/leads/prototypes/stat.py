import numpy as np; from scipy.stats import wilcoxon
def rd(f):
    r={}
    for l in open(f'out/{f}.csv').read().split('\n')[1:]:
        q=l.rsplit(',',3)
        if len(q)==4: r.setdefault(q[0],{})[(q[1],int(q[2]))]=float(q[3])
    return r
a=rd('final_A');
for k,v in rd('final_B').items(): a.setdefault(k,{}).update(v)
fl=a['floor log1e4 a10 d20 (control)']; new=dict(a['diff12+rings4 vote']); new.update(a['st rank vote'])
try:
    c=rd('final_C_visium3')['3 transforms x6 + rings4 vote']; new2={**new,**c}
except Exception: new2=new
sg=dict(a['logmed a10 d20 single']);
for nm,n_,f in (('logmed+sqrt+rings vs floor',new,fl),('family presets vs floor',new2,fl),('family presets vs logmed single',{k:v for k,v in new2.items() if k in sg},sg)):
    d=np.array([n_[k]-f[k] for k in sorted(n_) if k in f]); b=[np.random.default_rng(i).choice(d,len(d)).mean() for i in range(5000)]
    print(nm,'n',len(d),'mean',d.mean().round(3),'CI',np.quantile(b,[.025,.975]).round(3),'p',wilcoxon(d).pvalue)
lm=a['logmed only 11 vote']; n3={k:(lm[k] if 'dlpfc' in k[0] else v) for k,v in new.items()}
for nm,f in (('floor',fl),('logmed single',sg)):
    d=np.array([n3[k]-f[k] for k in sorted(n3) if k in f]); b=[np.random.default_rng(i).choice(d,len(d)).mean() for i in range(5000)]
    print('PROPOSAL vs',nm,len(d),d.mean().round(3),np.quantile(b,[.025,.975]).round(3),wilcoxon(d).pvalue)
for s in sorted({k[0] for k in n3}): print(s,[round(v,3) for k,v in sorted(n3.items()) if k[0]==s],[round(v,3) for k,v in sorted(fl.items()) if k[0]==s])
