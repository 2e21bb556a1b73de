import io

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import seaborn


def scatter(wines):
    figure, axes = plt.subplots(figsize=(6, 4), dpi=100)
    for cultivar, group in wines.groupby("cultivar"):
        axes.scatter(group["alcohol"], group["hue"], label=f"cultivar {cultivar}")
    axes.set(title="Wine", xlabel="alcohol", ylabel="hue")
    axes.legend()
    return png(figure)


def violins(wines):
    seaborn.set_theme(style="whitegrid")
    figure, axes = plt.subplots(figsize=(5, 5), dpi=100)
    seaborn.violinplot(data=wines, x="cultivar", y="proline", hue="cultivar", palette="deep", legend=False, ax=axes)
    return png(figure)


def png(figure):
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)
    return content
