# SPDX-License-Identifier: BSD-2-Clause
"""The table as a library: what it exports and refers to, and that a program can use it installed.

    test_library.py SHARED STATIC [ARGUMENT...]

takes the two libraries as built, then unittest's arguments. By the environment meson passes in
CVPN_SOURCE and CVPN_BUILD, the project's folders; CVPN_CC, the compiler with its arguments;
CVPN_CXX, empty if there is no C++ compiler; CVPN_MESON; CVPN_LIBDIR and CVPN_INCLUDEDIR, where it
installs to; CVPN_URCU_PC and CVPN_URCU_LIBDIR, where liburcu is; CVPN_CLANG and CVPN_BPFTOOL, empty
if no BPF programs are built; CVPN_INSTRUMENTED, empty if the objects hold the project's code and no
other. In a cross build meson sets MESON_EXE_WRAPPER.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import outcome

SHARED, STATIC = sys.argv[1:3]
del sys.argv[1:3]

SOURCE = os.environ['CVPN_SOURCE']
HEADERS = os.path.join(SOURCE, 'lpm', 'include')
EXAMPLES = os.path.join(SOURCE, 'docs', 'examples')
EXAMPLE = os.path.join(EXAMPLES, 'embed.c')
VERSION = 'CVPN_LPM_0.1'
INSTALLED_HEADERS = ['lpm.h', 'lpm_bpf.h', 'lpm_image.h', 'lpm_mirror.h']

# What the example prints.
VERDICTS = '''\
09ffffff tunnel
0a000000 physical
c0000201 tunnel
'''

XDP_VERDICTS = '''\
9.9.9.9          pass
10.0.0.1         drop
10.1.0.1         pass
2001:db8::1      drop
2001:db8:1::1    pass
2001:db9::1      pass
10.1.0.0/24 is denied from here on
10.1.0.1         drop
'''

# How a library would print, log or end the program of its user. Patterns for whole names.
DENIED = (
    r'_?(_?exit|_Exit|quick_exit|abort|raise|kill|__assert.*|err|errx|warn|warnx|error)',
    r'(__)?(v|f|d|vf|vd|as|vas)?printf(_chk)?|(f|put)?puts|f?putc|putchar|fwrite|perror|write',
    r'stdin|stdout|stderr|(__)?v?syslog(_chk)?|openlog|psignal',
)

TIMEOUT = 120


def run(command, **options):
    """Runs a command that must work, returns what it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, timeout=TIMEOUT, **options)
    if done.returncode:
        raise AssertionError(f'{shlex.join(command)}: status {done.returncode}\n'
                             f'{done.stdout}\n{done.stderr}')
    return done.stdout


def declared():
    """The functions that the public header declares."""
    with open(os.path.join(HEADERS, 'cvpn', 'lpm.h'), encoding='utf-8') as text:
        code = re.sub(r'/\*.*?\*/', '', text.read(), flags=re.DOTALL)
    return set(re.findall(r'\b(\w+)\([^;{}]*\);', code))


def symbols(path, table='--syms'):
    """The symbols of a library that are seen outside of its objects: (type, section, name)."""
    for line in run(['readelf', '--wide', table, path]).splitlines():
        fields = line.split()
        # Num: Value Size Type Bind Vis Ndx Name; symbol number 0 has no name.
        if len(fields) >= 8 and fields[0].endswith(':') and fields[4] in ('GLOBAL', 'WEAK'):
            yield fields[3], fields[6], fields[7]


def sections(path):
    """The sections of a library's objects: (name, size, flags)."""
    for line in run(['readelf', '--wide', '--sections', path]).splitlines():
        # [Nr] Name Type Address Off Size ES Flg Lk Inf Al; there may be no flags.
        match = re.match(r'\s*\[ *\d+\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +'
                         r'([A-Za-z]*) +\d+ +\d+ +\d+$', line)
        if match:
            yield match[1], int(match[2], 16), match[3]


@unittest.skipUnless(shutil.which('readelf'), 'needs readelf (Debian: binutils)')
@unittest.skipIf(os.environ['CVPN_INSTRUMENTED'], f'built with {os.environ["CVPN_INSTRUMENTED"]}')
class Symbols(unittest.TestCase):

    def test_exports_are_what_the_header_declares(self):
        exported = {name.split('@')[0] for _, section, name in symbols(SHARED, '--dyn-syms')
                    if section != 'UND'}
        self.assertIn('cvpn_lpm_create', declared())
        self.assertEqual(exported - {VERSION}, declared())

    def test_exports_are_versioned(self):
        exported = [name for kind, section, name in symbols(SHARED, '--dyn-syms')
                    if section != 'UND' and kind == 'FUNC']
        self.assertEqual([name for name in exported if not name.endswith('@@' + VERSION)], [])
        self.assertEqual(len(exported), len(declared()))

    def test_soname(self):
        self.assertIn('Library soname: [libcvpn-lpm.so.0]',
                      run(['readelf', '--wide', '--dynamic', SHARED]))

    def test_static_names_have_the_prefix(self):
        # All of them get into the user's program, where there is one name space for all libraries.
        defined = {name for _, section, name in symbols(STATIC) if section != 'UND'}
        self.assertGreaterEqual(defined, declared())
        self.assertEqual({name for name in defined if not name.startswith('cvpn_lpm_')}, set())

    def test_no_globals(self):
        # A section with pointers is written to once, by the dynamic linker, and then read-only.
        found = list(sections(STATIC))
        self.assertIn('.text', {name for name, _, _ in found})
        writable = [(name, size) for name, size, flags in found
                    if 'W' in flags and size and not name.startswith('.data.rel.ro')]
        self.assertEqual(writable, [])
        self.assertNotIn('COM', {section for _, section, _ in symbols(STATIC)})

    def test_does_not_print_or_exit(self):
        undefined = {name for _, section, name in symbols(STATIC) if section == 'UND'}
        self.assertIn('malloc', undefined)
        denied = [name for name in undefined for pattern in DENIED if re.fullmatch(pattern, name)]
        self.assertEqual(denied, [])


class Headers(unittest.TestCase):
    """Each header compiles alone and without a warning, as the strictest user would have it."""

    WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only']

    def compile(self, compiler, language, standard):
        for header in INSTALLED_HEADERS:
            with self.subTest(header):
                run([*compiler, f'-std={standard}', *self.WARNINGS, '-I', HEADERS, '-x', language,
                     '-include', f'cvpn/{header}', os.devnull])

    def test_c(self):
        for standard in ('c11', 'c17'):
            self.compile(shlex.split(os.environ['CVPN_CC']), 'c', standard)

    @unittest.skipUnless(os.environ['CVPN_CXX'], 'needs a C++ compiler')
    def test_cpp(self):
        for standard in ('c++11', 'c++17'):
            self.compile([os.environ['CVPN_CXX']], 'c++', standard)


@unittest.skipUnless(shutil.which('pkg-config'), 'needs pkg-config')
@unittest.skipUnless(os.environ['CVPN_MESON'], 'needs meson in PATH')
@unittest.skipIf(os.environ['CVPN_INSTRUMENTED'], f'built with {os.environ["CVPN_INSTRUMENTED"]}')
class InstalledCase(unittest.TestCase):
    """Installs the library, and runs pkg-config for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = tempfile.mkdtemp(prefix='cvpn-lpm-test-')
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run([os.environ['CVPN_MESON'], 'install', '-C', os.environ['CVPN_BUILD'], '--no-rebuild',
             '--destdir', cls.root])
        cls.libdir = cls.root + os.environ['CVPN_LIBDIR']

    def pkg_config(self, *args):
        path = os.pathsep.join([os.path.join(self.libdir, 'pkgconfig'),
                                os.environ['CVPN_URCU_PC']])
        return run(['pkg-config', *args, 'cvpn-lpm'],
                   env={**os.environ, 'PKG_CONFIG_PATH': path,
                        'PKG_CONFIG_SYSROOT_DIR': self.root}).split()

    def library_paths(self):
        """Where a program finds it, and liburcu, which need not be where the linker looks first."""
        return {**os.environ,
                'LD_LIBRARY_PATH': os.pathsep.join([self.libdir, os.environ['CVPN_URCU_LIBDIR']])}


class Installed(InstalledCase):
    """The example compiles, links and runs as the documentation says."""

    def build(self, compiler, libraries, *args):
        """Compiles the example and returns what it prints."""
        program = os.path.join(self.root, 'example')
        # liburcu is not below the installed root.
        urcu = os.environ['CVPN_URCU_LIBDIR']
        run([*compiler, '-Wall', '-Wextra', '-Wpedantic', '-Werror', *args, EXAMPLE, '-o', program,
             *self.pkg_config('--cflags'), *libraries, f'-L{urcu}', f'-Wl,-rpath-link,{urcu}'])
        return run([*shlex.split(os.environ.get('MESON_EXE_WRAPPER', '')), program],
                   env=self.library_paths())

    def needed(self):
        return run(['readelf', '--wide', '--dynamic', os.path.join(self.root, 'example')])

    def static(self):
        """The flags that link this library statically, and what it needs as it comes."""
        flags = self.pkg_config('--static', '--libs')
        return ['-l:libcvpn-lpm.a' if flag == '-lcvpn-lpm' else flag for flag in flags]

    def c(self):
        return [*shlex.split(os.environ['CVPN_CC']), '-std=c11']

    def test_files(self):
        include = self.root + os.environ['CVPN_INCLUDEDIR']
        self.assertEqual(sorted(os.listdir(os.path.join(include, 'cvpn'))),
                         INSTALLED_HEADERS)
        self.assertEqual(sorted(name for name in os.listdir(self.libdir)
                                if name.startswith('lib') and name != 'libcvpn-lpm.so.0.1.0'),
                         ['libcvpn-lpm.a', 'libcvpn-lpm.so', 'libcvpn-lpm.so.0'])

    def test_pkg_config_names_liburcu_for_static_linking_alone(self):
        self.assertNotIn('-lurcu-qsbr', self.pkg_config('--libs'))
        self.assertIn('-lurcu-qsbr', self.pkg_config('--static', '--libs'))

    def test_shared(self):
        self.assertEqual(self.build(self.c(), self.pkg_config('--libs')), VERDICTS)
        self.assertIn('[libcvpn-lpm.so.0]', self.needed())

    def test_static(self):
        self.assertEqual(self.build(self.c(), self.static()), VERDICTS)
        self.assertNotIn('libcvpn-lpm', self.needed())

    @unittest.skipUnless(os.environ['CVPN_CXX'], 'needs a C++ compiler')
    def test_cpp(self):
        compiler = [os.environ['CVPN_CXX'], '-std=c++11', '-x', 'c++']
        self.assertEqual(self.build(compiler, self.pkg_config('--libs')), VERDICTS)
        self.assertEqual(self.build(compiler, self.static()), VERDICTS)


@unittest.skipUnless(os.environ['CVPN_CLANG'], 'no BPF programs are built')
class InKernel(InstalledCase):
    """So does the one with an XDP program, which reads the same table."""

    def build(self):
        folder = os.path.join(self.root, 'xdp')
        shutil.copytree(EXAMPLES, folder)
        source = os.path.join(folder, 'xdp_routes')
        run([os.environ['CVPN_CLANG'], '-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Wall',
             '-Wextra', '-Werror', '-idirafter', f'/usr/include/{os.uname().machine}-linux-gnu',
             *self.pkg_config('--cflags'), '-c', source + '.bpf.c', '-o', source + '.bpf.o'])
        with open(source + '.bpf.skel.h', 'w', encoding='utf-8') as skeleton:
            skeleton.write(run([os.environ['CVPN_BPFTOOL'], 'gen', 'skeleton',
                                source + '.bpf.o']))
        urcu = os.environ['CVPN_URCU_LIBDIR']
        run([*shlex.split(os.environ['CVPN_CC']), '-Wall', '-Wextra', '-Werror', source + '.c',
             '-o', source, *self.pkg_config('--cflags', '--libs'), f'-Wl,-rpath-link,{urcu}',
             *run(['pkg-config', '--cflags', '--libs', 'libbpf']).split()])
        return source

    def test_example(self):
        program = self.build()
        done = subprocess.run([program], env=self.library_paths(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT)
        if done.returncode and re.search(r'could not be loaded|not supported', done.stderr):
            self.skipTest(done.stderr.splitlines()[-1])
        self.assertEqual((done.returncode, done.stdout), (0, XDP_VERDICTS), done.stderr)


if __name__ == '__main__':
    outcome.main()
