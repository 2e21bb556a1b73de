def turned(files):
    return b"".join(file.read() for file in files)[::-1]
