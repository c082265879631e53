from h import *
from scipy.sparse.linalg import expm_multiply
F={}
st=lambda s,a: a if FAM[s.n]!='st' else 0
for d in (6,8,10,15,30,50):
    F[f'pc{d}']=lambda s,c,d=d: diffuse(L_(s,c),base(s,c,d),st(s,10))
F['pc20']=lambda s,c: diffuse(L_(s,c),base(s,c),st(s,10))
for a in (.5,1,2):
    F[f'sq{a}']=lambda s,c,a=a: diffuse(L_(s,c),diffuse(L_(s,c),base(s,c),st(s,a)),st(s,a))
for t in (2,5,10):
    F[f'heat{t}']=lambda s,c,t=t: expm_multiply(-st(s,t)*L_(s,c),base(s,c)) if st(s,t) else base(s,c)
F['sq5']=lambda s,c: diffuse(L_(s,c),diffuse(L_(s,c),base(s,c),st(s,5)),st(s,5))
F['rw10']=lambda s,c: diffuse(lap(s,6,False),base(s,c),st(s,10))
F['k12']=lambda s,c: diffuse(L_(s,c,12),base(s,c),st(s,10))
F['k20']=lambda s,c: diffuse(L_(s,c,20),base(s,c),st(s,10))
def ms(s,c,al):
    P=base(s,c); sc_=1 if FAM[s.n]!='st' else .1
    return np.hstack([diffuse(L_(s,c),P,a*sc_) for a in al])
F['ms0,10']=lambda s,c: ms(s,c,(0,10))
F['ms3,30']=lambda s,c: ms(s,c,(3,30))
F['ms1,10,100']=lambda s,c: ms(s,c,(1,10,100))
def banksy(s,c,lam,k=15,grad=True):
    P=base(s,c);
    from sklearn.neighbors import NearestNeighbors
    d,i=NearestNeighbors(n_neighbors=k+1).fit(s.xy).kneighbors(s.xy); i=i[:,1:]; d=d[:,1:]
    w=np.exp(-(d/d[:,[k//2]])**2); w/=w.sum(1,keepdims=True)
    M=(w[:,:,None]*P[i]).sum(1)
    out=[np.sqrt(1-lam)*P,np.sqrt(lam)*M]
    if grad:
        th=np.arctan2(s.xy[i,1]-s.xy[:,[1]],s.xy[i,0]-s.xy[:,[0]]); G=np.abs(((w*np.exp(1j*th))[:,:,None]*(P[i]-M[:,None])).sum(1)); out=[out[0],np.sqrt(lam*2/3)*M,np.sqrt(lam/3)*G]
    return pca(np.hstack(out),20)
F['banksy.8']=lambda s,c: banksy(s,c,.8)
F['banksy.8ng']=lambda s,c: banksy(s,c,.8,grad=False)
F['banksy.2']=lambda s,c: banksy(s,c,.2)
def cc(s,c,hops=3):
    P=base(s,c,10); A=adj(s); B=A.copy(); out=[P]; prev=sp.eye(s.N,format='csr'); reach=sp.eye(s.N,format='csr')
    for h in range(hops):
        nx=((reach@A+reach)>0).astype(float); ring=nx-reach; ring.eliminate_zeros(); dd=np.maximum(np.asarray(ring.sum(1)).ravel(),1)
        out.append(sp.diags(1/dd)@ring@P); reach=nx
    return np.hstack(out)
F['cellcharter']=lambda s,c: cc(s,c)
F['cc40']=lambda s,c: pca(cc(s,c),20)
t0=time.time(); run('l2_scales',F,seeds=(0,1)); print(time.time()-t0)
