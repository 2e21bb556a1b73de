# Sourced by ./cloister and ./format. Starts no process, so that it costs nothing at start-up.
#
# find_jdk sets JDK to the home of a JDK 25, or prints where to get one and returns 1.
# Whether a folder is one is read from its `release` file, which every JDK carries.

jdk_feature=25

is_jdk() {
    [[ -x "$1/bin/javac" && -r "$1/release" ]] || return 1
    local line
    while IFS= read -r line; do
        case "$line" in
            JAVA_VERSION=\"$jdk_feature\" | JAVA_VERSION=\"$jdk_feature.* | JAVA_VERSION=\"$jdk_feature-* | JAVA_VERSION=\"$jdk_feature+*)
                return 0
                ;;
        esac
    done <"$1/release"
    return 1
}

# Takes the first of its arguments that is a JDK.
take_jdk() {
    local home
    for home; do
        if is_jdk "$home"; then
            JDK=$home
            return 0
        fi
    done
    return 1
}

find_jdk() {
    take_jdk "${JAVA_HOME:-}" "${JAVA25_HOME:-}" "${JAVA_25_HOME:-}" "${JAVA_HOME_25_X64:-}" && return
    local folder
    local IFS=:
    for folder in $PATH; do
        take_jdk "${folder%/bin}" && return
    done
    unset IFS
    take_jdk /usr/lib/jvm/*"$jdk_feature"* /usr/lib/jvm/* && return
    local home=${HOME:-/nonexistent}
    take_jdk "$home"/.sdkman/candidates/java/* "$home"/.jdks/* "$home"/.m2/jdks/* && return
    take_jdk "$home"/.local/share/mise/installs/java/* "$home"/.asdf/installs/java/* "$home"/.jenv/versions/* && return
    take_jdk "$home"/.gradle/jdks/* "$home"/.jbang/cache/jdks/* "$home"/.jabba/jdk/* /opt/* /opt/java/* /usr/java/* /usr/local/* && return
    take_jdk /Library/Java/JavaVirtualMachines/*/Contents/Home "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home && return
    take_jdk /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home && return
    cat >&2 <<EOF
error: no JDK $jdk_feature found (looked at JAVA_HOME, PATH, /usr/lib/jvm, /opt, SDKMAN, mise, asdf, Homebrew and the like)
hint: install one, for example
        Debian, Ubuntu   apt install temurin-$jdk_feature-jdk   (repository: https://adoptium.net/installation/linux)
        Fedora           dnf install java-$jdk_feature-openjdk-devel
        macOS            brew install openjdk@$jdk_feature
        any              sdk install java $jdk_feature-tem      (https://sdkman.io)
      or set JAVA_HOME to the folder of one you have
EOF
    return 1
}
