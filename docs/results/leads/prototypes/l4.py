from h import *
F={}
A=lambda s: 3 if 0 else 10
for m in ('log','logmed','lograw','sqrt','ft','pearson','rank'):
    F[m]=lambda s,c,m=m: diffuse(L_(s,c),base(s,c,20,m),10 if FAM[s.n]!='st' else 0)
for nt in (1000,2000,3000):
    F[f'log{nt}']=lambda s,c,nt=nt: diffuse(L_(s,c),base(s,c,20,'log',nt),10 if FAM[s.n]!='st' else 0)
def z(s,c,cl=10):
    f=f'{C}{s.n}_z.npy'
    if not os.path.exists(f):
        X=lognorm(s,3000); X=(X-X.mean(0))/(X.std(0)+1e-9); np.save(f,pca(np.clip(X,-cl,cl),50))
    return np.load(f)
F['z3000']=lambda s,c: diffuse(L_(s,c),z(s,c)[:,:20],10 if FAM[s.n]!='st' else 0)
def spc(s,c,mode,a=10):
    """smooth all genes, then PCA"""
    X=lognorm(s,3000,mode); X=X-X.mean(0); return pca(diffuse(L_(s,c),X,a if FAM[s.n]!='st' else 1),20)
def pseudo(s,c,a=10,mode='log',scale=False):
    """smooth counts with I+aL (rw), then log, then PCA"""
    g=np.sort(np.argsort(s.rank,kind='stable')[:3000]); Lr=lap(s,6,False); a=a if FAM[s.n]!='st' else 1
    Y=diffuse(Lr,s.X[:,g].toarray(),a); lib=diffuse(Lr,np.asarray(s.X.sum(1)),a).ravel()
    if mode=='log': Z=np.log1p(Y/lib[:,None]*1e4)
    elif mode=='logc': Z=np.log(Y/lib[:,None]*1e4+.1)
    elif mode=='sqrt': Z=np.sqrt(Y/lib[:,None]*1e4)
    elif mode=='frac': Z=Y/lib[:,None]
    if scale: Z=(Z-Z.mean(0))/(Z.std(0)+1e-9)
    return pca(Z,20)
F['spca']=lambda s,c: spc(s,c,'log')
F['spcaPear']=lambda s,c: spc(s,c,'pearson')
F['pseudolog']=lambda s,c: pseudo(s,c)
F['pseudosqrt']=lambda s,c: pseudo(s,c,10,'sqrt')
F['pseudoz']=lambda s,c: pseudo(s,c,10,'log',True)
t0=time.time(); run('l4_norm',F,seeds=(0,1)); print(time.time()-t0)
