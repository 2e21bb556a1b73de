SEPARATOR = b"+"


def joined(files):
    return SEPARATOR.join(file.read() for file in files)
