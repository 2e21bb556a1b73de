import shutil
from collections import Counter
from pathlib import Path

import nltk
from nltk.corpus import stopwords
from nltk.stem import PorterStemmer

# nltk opens no links, and encrypted files are links to memory; /tmp is memory as well.
DATA = shutil.copytree(Path(__file__).parent / "nltk_data", "/tmp/nltk_data", copy_function=shutil.copyfile)
nltk.data.path[:] = [DATA]


def study(text):
    sentences = nltk.sent_tokenize(text)
    words = [word for sentence in sentences for word in nltk.word_tokenize(sentence)]
    ignored = set(stopwords.words("english"))
    stems = Counter(
        PorterStemmer().stem(word) for word in words if word.isalpha() and word.lower() not in ignored
    )
    return {
        "sentences": len(sentences),
        "words": len(words),
        "frequent": sorted(stems.items(), key=lambda pair: (-pair[1], pair[0]))[:5],
        "first": nltk.word_tokenize(sentences[0]),
    }
