"""How hard is a simulated section? Reads what examples/matrix_market.rs wrote, prints ARIs.

cargo run --release -p semst-simulate --example matrix_market -- /tmp/section 0
python calibrate.py /tmp/section
"""
import sys

import numpy as np
import pandas as pd
import scipy.io
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

folder = sys.argv[1]
counts = scipy.io.mmread(f"{folder}/matrix.mtx").toarray()
spots = pd.read_csv(f"{folder}/spots.tsv", sep="\t")
logs = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4)
components = PCA(20, random_state=0).fit_transform(logs - logs.mean(0))
places = spots[["x", "y"]].to_numpy()
near = NearestNeighbors(n_neighbors=7).fit(places).kneighbors(places)[1]
smooth = components
for _ in range(3):
    smooth = smooth[near].mean(1)


def ari(labels):
    return round(adjusted_rand_score(spots.layer, labels), 2)


print("k-means", ari(KMeans(7, n_init=10, random_state=0).fit_predict(components)))
print("smoothed k-means", ari(KMeans(7, n_init=10, random_state=0).fit_predict(smooth)))
mixture = GaussianMixture(7, covariance_type="tied", n_init=3, random_state=0)
print("smoothed mixture", ari(mixture.fit_predict(smooth)))
