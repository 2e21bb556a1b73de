from scipy import optimize, stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def study(flowers):
    sizes, species = flowers.drop(columns="species"), flowers["species"]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    scores = cross_val_score(model, sizes, species, cv=5, n_jobs=2)
    line = stats.linregress(flowers["petal_length"], flowers["petal_width"])
    groups = [group["sepal_width"] for _, group in flowers.groupby("species")]
    lowest = optimize.minimize_scalar(lambda width: ((flowers["petal_width"] - width) ** 2).sum())
    return {
        "classical accuracy": round(float(scores.mean()), 2),
        "petal slope": round(float(line.slope), 4),
        "petal correlation": round(float(line.rvalue), 4),
        "sepals differ": bool(stats.f_oneway(*groups).pvalue < 0.001),
        "middle petal width": round(float(lowest.x), 4),
    }
