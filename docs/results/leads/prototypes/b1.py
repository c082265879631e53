# battery by pool: mean over a×d of ARI, and the vote
from h import *
from l1 import consensus
from l5 import moran
AL={'vis':(5,10,20),'img':(5,10,20),'st':(0,.25,.5)}; DS=(10,15,20)
def poolP(s,c,P,al=None,ds=DS,seed=0,starts=10,red=20):
    return [gmm(diffuse(L_(s,c),P[:,:d],a),s.k,seed=seed,starts=starts,keep=3,red=red)[1] for a in (al or AL[FAM[s.n]]) for d in ds]
def battery(name,forms,sets=None):
    open(f'out/{name}.csv','w').write('form,set,i,ari\n'); T=Table(name)
    for n,_,k in SETS:
        if sets and n not in sets: continue
        s=load(n); c={}; t0=time.time()
        for fn,f in forms.items():
            try: P=f(s,c)
            except Exception as e: print('ERR',fn,repr(e)); continue
            if isinstance(P,list): pp=P
            else: pp=poolP(s,c,P)
            T.add(fn+' [mean]',n,np.mean([sc(s,R.argmax(1)) for R in pp])); cc,R,w=consensus(pp); T.add(fn+' [vote]',n,sc(s,R.argmax(1)))
            print(n,fn,f"{T.rows[fn+' [mean]'][n][-1]:.3f} vote {T.rows[fn+' [vote]'][n][-1]:.3f} agree {w.mean():.2f} {time.time()-t0:.0f}s",flush=True)
    print(T.show(),flush=True); return T
def cached(s,name,f,d=50):
    p=f'{C}{s.n}_P_{name}.npy'
    if os.path.exists(p): return np.load(p)
    P=pca(f(),d); np.save(p,P); return P
def symb(s):
    for col in ('gene_symbol','symbol','gene_name','gene','Symbol'):
        if col in s.var: return np.array([str(x).upper() for x in s.var[col]])
    return np.array([str(g).upper() for g in s.genes])
def genesel(s,kind,n=5000):
    sy=symb(s); bad=np.zeros(len(sy),bool)
    if 'mt' in kind: bad|=np.array([g.startswith('MT-') for g in sy])
    if 'ribo' in kind: bad|=np.array([g.startswith(('RPS','RPL','MRPS','MRPL')) for g in sy])
    if 'hb' in kind: bad|=np.array([g in('HBA1','HBA2','HBB','HBD','HBG1','HBG2','HBM') or g.startswith(('HBA-','HBB-')) for g in sy])
    r=np.argsort(np.where(bad,2e9,s.rank),kind='stable')[:n]; return np.sort(r[~bad[r]])
def svgsel(s,c,n): return np.sort(np.argsort(-moran(s,c,'ft')[0],kind='stable')[:n])
F={}
F['log5000']=lambda s,c: base(s,c,50,'log',5000)
F['ft5000']=lambda s,c: base(s,c,50,'ft',5000)
F['ft3000']=lambda s,c: base(s,c,50,'ft',3000)
F['ft2000']=lambda s,c: base(s,c,50,'ft',2000)
F['ft5000-mt']=lambda s,c: cached(s,'ftmt',lambda: lognorm(s,0,'ft',genesel(s,('mt',))))
F['ft5000-mtrb']=lambda s,c: cached(s,'ftmtrb',lambda: lognorm(s,0,'ft',genesel(s,('mt','ribo','hb'))))
F['ftsvg2000']=lambda s,c: cached(s,'ftsvg2000',lambda: lognorm(s,0,'ft',svgsel(s,c,2000)))
F['ftsvg4000']=lambda s,c: cached(s,'ftsvg4000',lambda: lognorm(s,0,'ft',svgsel(s,c,4000)))
def zc(X,cl=10): X=(X-X.mean(0))/(X.std(0)+1e-9); return np.clip(X,-cl,cl)
F['ftsvg2000z']=lambda s,c: cached(s,'ftsvg2000z',lambda: zc(lognorm(s,0,'ft',svgsel(s,c,2000))))
def hz(X,p=.5): sd=X.std(0)+1e-9; return (X-X.mean(0))/sd**p
F['ftsvg2000hz']=lambda s,c: cached(s,'ftsvg2000hz',lambda: hz(lognorm(s,0,'ft',svgsel(s,c,2000))))
def regd(s,P):
    z=np.log(np.asarray(s.X.sum(1)).ravel()+1); Z=np.c_[np.ones(s.N),z]; return P-Z@np.linalg.lstsq(Z,P,rcond=None)[0]
F['ftsvg2000-depth']=lambda s,c: regd(s,F['ftsvg2000'](s,c))
F['ftsvg2000+depth']=lambda s,c: np.hstack([np.log(np.asarray(s.X.sum(1))+1),F['ftsvg2000'](s,c)])
if __name__=='__main__': battery('b1_genes',F)
