# shellcheck shell=bash disable=SC2034 # variables for the scripts that source this
# SPDX-License-Identifier: BSD-2-Clause
#
# Sourced by scripts/run, scripts/test, scripts/count and CI: finds what the machine lacks, installs it where that
# needs no question, and builds. It says nothing when there is nothing to do, and what it says goes
# to stderr, because stdout is the program's.

project=$(readlink -f -- "${BASH_SOURCE[0]}")
project=${project%/scripts/setup.sh}
build=$project/build

# bpftool and ip are where, on Debian, only root's PATH looks.
PATH+=:/usr/sbin:/sbin

# The status of a test that can not run here, for meson as for automake.
CANNOT_RUN=77

# How to see that a thing is there, and which packages have it. A Debian entry may name more than
# one way to get it, the best first: WAY|WAY, each PACKAGE,PACKAGE. '-' is a distribution without it.
#
#   check              Debian, Ubuntu    Fedora              Arch               Alpine             openSUSE
build_needs='
    cmd:cc             gcc               gcc                 gcc                gcc                gcc
    header:stdio.h     libc6-dev         glibc-devel         glibc              musl-dev           glibc-devel
    header:linux/bpf.h linux-libc-dev    kernel-headers      linux-api-headers  linux-headers      linux-glibc-devel
    cmd:meson          meson             meson               meson              meson              meson
    cmd:ninja          ninja-build       ninja-build         ninja              ninja-build        ninja
    cmd:pkg-config     pkgconf|pkg-config pkgconf-pkg-config pkgconf            pkgconf            pkgconf-pkg-config
    lib:liburing       liburing-dev      liburing-devel      liburing           liburing-dev       liburing-devel
    lib:libmnl         libmnl-dev        libmnl-devel        libmnl             libmnl-dev         libmnl-devel
    lib:libcap-ng      libcap-ng-dev     libcap-ng-devel     libcap-ng          libcap-ng-dev      libcap-ng-devel
    lib:jansson        libjansson-dev    jansson-devel       jansson            jansson-dev        libjansson-devel
    lib:liburcu-qsbr   liburcu-dev       userspace-rcu-devel liburcu            userspace-rcu-dev  liburcu-devel
'
# Without these the build leaves out what runs in the kernel.
bpf_needs='
    cmd:clang          clang             clang               clang              clang              clang
    works:bpftool      bpftool|linux-tools-common,linux-tools-generic bpftool bpf bpftool          bpftool
    lib:libbpf         libbpf-dev        libbpf-devel        libbpf             libbpf-dev         libbpf-devel
'
# Without these it leaves out the lookup engines of DPDK, which the table is compared with.
peer_needs='
    lib:libdpdk        libdpdk-dev       dpdk-devel          dpdk               dpdk-dev           dpdk-devel
'
# Without these it leaves out the report as an HTML page.
html_needs='
    share:javascript/chart.js/chart.min.js libjs-chart.js - - - -
'
# Without these it leaves out the manual page.
man_needs='
    cmd:help2man       help2man          help2man            help2man           help2man           help2man
'
# For scripts/count alone.
count_needs='
    cmd:python3        python3           python3             python             python3            python3
    cmd:valgrind       valgrind          valgrind            valgrind           valgrind           valgrind
'
test_needs='
    lib:criterion      libcriterion-dev  libcriterion-devel  criterion          criterion-dev      criterion-devel
    cmd:python3        python3           python3             python             python3            python3
    python:jsonschema  python3-jsonschema python3-jsonschema python-jsonschema  py3-jsonschema     python3-jsonschema
    cmd:ip             iproute2          iproute             iproute2           iproute2           iproute2
    cmd:unshare        util-linux        util-linux          util-linux         unshare            util-linux
    cmd:setpriv        util-linux        util-linux          util-linux         setpriv            util-linux
'

say() {
    printf '%s\n' "$*" >&2
}

# Runs a command and shows what it printed only if it fails, the end of it where it is long.
quietly() {
    local output status=0

    output=$("$@" 2>&1 < /dev/null) || status=$?
    ((status == 0)) || tail -n 60 <<< "$output" >&2
    return "$status"
}

# --- what is missing --------------------------------------------------------------------------

# A module of the system's python3, which meson runs the tests with; a shim such as pyenv's may come
# first in PATH. Looking for its folder spares the start of an interpreter.
has_python_module() {
    local place

    for place in /usr/lib/python3*/{dist,site}-packages/"$1"; do
        [[ ! -d $place ]] || return 0
    done
    python3 -c "import $1" 2> /dev/null
}

has() {
    case $1 in
    cmd:*) command -v "${1#*:}" > /dev/null ;;
    works:*) "${1#*:}" version &> /dev/null ;;
    header:*) [[ -e /usr/include/${1#*:} ]] ;;
    share:*) [[ -e /usr/share/${1#*:} ]] ;;
    lib:*) pkg-config --exists "${1#*:}" 2> /dev/null ;;
    python:*) has_python_module "${1#*:}" ;;
    esac
}

# Prints the rows of a table of needs that are not met.
missing() {
    local check packages

    while read -r check packages; do
        [[ -z $check ]] || has "$check" || printf '%s %s\n' "$check" "$packages"
    done <<< "$1"
}

# Ubuntu's bpftool is a wrapper that runs the copy made for the running kernel and no other. In a
# container or under a kernel of another origin there is none, but generating code from a BPF
# object does not depend on the kernel, so any copy will do.
find_bpftool() {
    local copy

    ! bpftool version &> /dev/null || return 0
    for copy in /usr/lib/linux-tools*/*/bpftool /usr/lib/linux-tools-*/bpftool; do
        if "$copy" version &> /dev/null; then
            PATH=${copy%/bpftool}:$PATH
            return
        fi
    done
}

# --- packages ---------------------------------------------------------------------------------

# Prints which column of the tables is this distribution's, or nothing if there is none.
distribution() (
    ID='' ID_LIKE=''
    # shellcheck disable=SC1091 # a file of the machine, not of the project
    [[ ! -r /etc/os-release ]] || . /etc/os-release
    case " $ID $ID_LIKE " in
    *' debian '* | *' ubuntu '*) echo 1 ;;
    *' fedora '* | *' rhel '*) echo 2 ;;
    *' arch '*) echo 3 ;;
    *' alpine '*) echo 4 ;;
    *suse*) echo 5 ;;
    esac
)

install_commands=('' 'apt-get install -y' 'dnf install -y' 'pacman -S --needed' 'apk add'
    'zypper install')

has_candidate() {
    [[ $(LC_ALL=C apt-cache policy "$1" 2> /dev/null) == *'Candidate: '[^\(]* ]]
}

# Chooses among the ways to get a thing on Debian and Ubuntu: the first that apt knows all of, else
# the first. Prints its packages.
debian_way() {
    local ways way package chosen

    IFS='|' read -ra ways <<< "$1"
    chosen=${ways[0]}
    # Asking apt takes half a second where it has no lists.
    ((${#ways[@]} > 1)) || ways=()
    for way in "${ways[@]}"; do
        for package in ${way//,/ }; do
            has_candidate "$package" || continue 2
        done
        chosen=$way
        break
    done
    echo "${chosen//,/ }"
}

# Prints the packages, of the distribution in column $1, that have the missing rows $2, on one line.
packages_for() {
    local column=$1 row package list=' '

    while read -ra row; do
        ((${#row[@]} > 0)) || continue
        package=${row[$column]}
        ((column != 1)) || package=$(debian_way "$package")
        [[ $package == - || $list == *" $package "* ]] || list+="$package "
    done <<< "$2"
    list=${list# }
    echo "${list% }"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install -y \
        --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# Installs packages on Debian or Ubuntu. A mirror may fail for a moment, so there is a second try.
install_packages() {
    apt_install "$@" &> /dev/null < /dev/null && return
    sleep 3
    apt-get update &> /dev/null < /dev/null || true
    quietly apt_install "$@"
}

# Installs what is needed ($1) and what is only good to have ($2), both rows of the tables.
install_missing() {
    local needed wanted

    # An entry of the machine's sources that does not answer is no reason to stop: the packages may
    # come from another one.
    apt-get update &> /dev/null < /dev/null || true
    needed=$(packages_for 1 "$1")
    wanted=$(packages_for 1 "$2")
    say "cvpn-bench: installing $needed${needed:+${wanted:+ }}$wanted"
    # shellcheck disable=SC2086 # lists of package names
    if ! install_packages $needed $wanted; then
        [[ -n $needed && -n $wanted ]] || return
        say "cvpn-bench: trying again without $wanted"
        install_packages $needed
    fi
}

# Says what to install by hand, in one line to run.
tell_missing() {
    local column packages='' sudo='sudo '

    column=$(distribution)
    [[ -z $column ]] || packages=$(packages_for "$column" "$1")
    ((EUID != 0)) || sudo=
    if [[ -n $packages ]]; then
        say "    $sudo${install_commands[column]} $packages"
    else
        say "    the packages that Debian calls $(packages_for 1 "$1")"
    fi
}

# Ends unless the needs in $1 are met or can be; those in $2 are only worth a try.
require() {
    local needed wanted

    needed=$(missing "$1")
    wanted=$(missing "$2")
    if [[ -n $needed$wanted ]] && ((EUID == 0)) && command -v apt-get > /dev/null; then
        install_missing "$needed" "$wanted" || true
        find_bpftool
        needed=$(missing "$1")
        wanted=$(missing "$2")
    fi
    if [[ -n $needed ]]; then
        say 'cvpn-bench: this machine lacks what that needs; to install it:'
        tell_missing "$needed"$'\n'"$wanted"
        exit "$CANNOT_RUN"
    fi
    if [[ -n $wanted ]]; then
        say 'cvpn-bench: building without the parts that run in the kernel; what they need:'
        tell_missing "$wanted"
    fi
}

# Says what the build leaves out ($2) for want of the needs in $1.
tell_without() {
    local wanted

    wanted=$(missing "$1")
    if [[ -n $wanted ]]; then
        say "cvpn-bench: building without $2; what that needs:"
        tell_missing "$wanted"
    fi
}

# Tries to install, apart from all else, what is large or may not be had, and is missed by one part.
offer_rest() {
    local wanted

    wanted=$(missing "$peer_needs$html_needs$man_needs")
    if [[ -n $wanted ]] && ((EUID == 0)) && command -v apt-get > /dev/null; then
        install_missing '' "$wanted" || true
    fi
    tell_without "$peer_needs" 'the lookup engines of DPDK'
    tell_without "$html_needs" 'the report as an HTML page'
    tell_without "$man_needs" 'the manual page'
}

# --- the build --------------------------------------------------------------------------------

# What could not be had when build/ was configured: that is not asked for again on every run, and
# when it changes build/ is configured again.
record=$build/setup-record
optional_needs=$bpf_needs$peer_needs$html_needs$man_needs'
    lib:criterion -
'

as_recorded() {
    [[ -e $record && $(missing "$optional_needs") == "$(< "$record")" ]]
}

# Whether build/ was configured, and for this folder: ninja in a copied or moved tree would go on
# with the old one.
configured_here() {
    [[ -e $build/build.ninja && -e $build/meson-info/meson-info.json ]] &&
        [[ $(< "$build/meson-info/meson-info.json") == *"\"source\": \"$project\""* ]]
}

# Runs a command that brings build/ up to date. Where it fails for another reason than an error in
# a meson.build, build/ is of another version of meson or otherwise past mending, and is made anew
# with its options.
refresh() {
    local output

    output=$("$@" 2>&1 < /dev/null) && return
    if [[ $output == *meson.build:*ERROR* ]]; then
        printf '%s\n' "$output" >&2
        return 1
    fi
    quietly meson setup --wipe "$build" "$project"
}

configure() {
    if [[ ! -d $build/meson-private ]]; then
        say 'cvpn-bench: building'
        quietly meson setup --buildtype=release "$build" "$project"
    elif configured_here; then
        refresh meson setup --reconfigure "$build" "$project"
    else
        quietly meson setup --wipe "$build" "$project"
    fi
    missing "$optional_needs" > "$record"
}

# git answers root about somebody else's tree only when told to.
trust_project() {
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$project
}

# Builds targets of the folder $1 and shows only what the compilers say.
compile() {
    ninja -C "$@" 2>&1 < /dev/null | {
        grep -Ev '^(\[[0-9]+/[0-9]+\] |ninja: (Entering directory|no work to do))' || true
    } >&2
}

# Installs what meets the needs in $1 and builds the targets that follow.
prepare() (
    needs=$1
    shift
    if [[ -e $build && ! -w $build ]]; then
        owner=$(stat -c %U "$build")
        say "cvpn-bench: $build belongs to $owner: run this as $owner, or remove that folder first"
        exit 1
    fi
    # One at a time: two builds in one folder spoil each other. The lock is on the project's folder,
    # which no build removes, and ends with this subshell.
    exec {lock}< "$project"
    flock "$lock"

    find_bpftool
    trust_project

    if as_recorded; then
        require "$needs" ''
    else
        require "$needs" "$bpf_needs"
        offer_rest
    fi
    if ! configured_here || ! as_recorded; then
        configure
    fi
    # This first and apart, because meson writes pages when build.ninja has to be made again.
    refresh ninja -C "$build" build.ninja
    compile "$build" "$@"
)

# --- tests ------------------------------------------------------------------------------------

# Prints how many tests of meson's log have a result that matches. The log has one JSON object a
# line; what a test printed is in it with its quotes escaped, so it can not look like a result.
count_results() {
    if [[ -e $1 ]]; then
        grep -cE "\"result\": \"($2)\"" "$1" || true
    else
        echo 0
    fi
}

closing_line() {
    local skipped=

    (($3 == 0)) || skipped=", $3 skipped"
    printf '%d passed, %d failed%s\n' "$1" "$2" "$skipped"
}

# Runs the tests of a build folder ($1; the rest goes to meson test) and ends with the closing line
# 'N passed, N failed', where N counts meson's tests. A run of no test at all has failed.
run_tests() {
    local folder=$1 status=0 passed failed skipped
    shift
    local log=$folder/meson-logs/testlog.json

    rm -f "$log"
    meson test -C "$folder" --no-rebuild --print-errorlogs "$@" < /dev/null || status=$?
    passed=$(count_results "$log" 'OK|EXPECTEDFAIL')
    skipped=$(count_results "$log" SKIP)
    failed=$(($(count_results "$log" '[A-Z]+') - passed - skipped))
    ((passed + failed + skipped > 0)) || say 'cvpn-bench: no test ran'
    closing_line "$passed" "$failed" "$skipped"
    ((status == 0 && failed == 0 && passed + skipped > 0))
}
