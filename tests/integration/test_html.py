# SPDX-License-Identifier: BSD-2-Clause
"""The HTML page: one file that asks for nothing, holds its reports as they are, and draws them.

html_page writes the page of the reports that it is given. What a browser makes of it is tried where
there is one.
"""

import copy
import html.parser
import json
import os
import re
import subprocess
import unittest

import cvpn
from browser import Browser, why_no_browser
from cvpn import FULL_TUNNEL, IMPOSSIBLE, TINY, run
from made_reports import change, compared, lookup, tun, xdp

HTML_PAGE = os.environ['CVPN_HTML_PAGE']
PHONE, DESK = 360, 1200

# What a file name could try, to end the script, to open a comment in it, or to run as HTML.
MALICIOUS = '</script><script>alert(1)</script><!--<script><img src=x onerror="alert(2)">&lt;\u2028.txt'


def page(*paths):
    done = subprocess.run([HTML_PAGE, *paths], stdin=subprocess.DEVNULL, timeout=cvpn.TIMEOUT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == IMPOSSIBLE:
        raise unittest.SkipTest(done.stderr.decode().strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


class Parts(html.parser.HTMLParser):
    """Takes a page apart as a browser would: tags, attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.styles, self.comments = [], [], [], []
        self.within = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.within = {'script': self.scripts, 'style': self.styles}.get(tag)
        if self.within is not None:
            self.within.append('')

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        if self.within is not None:
            self.within[-1] += data

    def handle_comment(self, data):
        self.comments.append(data)


class Page(cvpn.Case):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.real = cvpn.parse_json(run('--routes', FULL_TUNNEL, *TINY, '--json').out)

    def full(self, scale=1):
        """A report with every kind of result, as of a machine that can do all."""
        report = copy.deepcopy(self.real)
        report['warnings'] = []
        report['results'] = [
            *[lookup(engine, variant, median * scale)
              for engine, median in (('trie', 5), ('ebpf-trie', 9), ('ebpf-lpm', 80))
              for variant in ('bulk', 'single')],
            *[change(engine, kind, unit, median) for engine in ('trie', 'ebpf-lpm')
              for kind, unit, median in (('memory', 'bytes', 5056), ('build', 'ms', 0.2))],
            *tun('drain', 2e6, 190), *tun('read', 1.5e6, 310),
            xdp('drop', 9e6), xdp('ebpf-trie', 7e6)]
        return report

    def write(self, *reports):
        """Writes the page of these and returns its path."""
        paths = [self.file(json.dumps(report), f'{i}.json') for i, report in enumerate(reports)]
        return self.file(page(*paths), 'page.html')

    def read(self, *reports):
        with open(self.write(*reports), encoding='utf-8') as text:
            return text.read()


class Structure(Page):
    """What can be said of a page without a browser."""

    def embedded(self, text):
        parts = Parts(text)
        data = [attrs for tag, attrs in parts.tags if tag == 'script' and 'type' in attrs]
        self.assertEqual(data, [{'type': 'application/json', 'id': 'reports'}])
        self.assertEqual(len(parts.scripts), 3)
        return cvpn.parse_json(parts.scripts[0])

    def test_reports_are_embedded_as_they_are(self):
        self.assertEqual(self.embedded(self.read(self.real)), [self.real])
        reports = [self.full(1), self.full(2), self.real]
        self.assertEqual(self.embedded(self.read(*reports)), reports)

    def test_names_stay_names(self):
        report = self.full()
        report['routes']['file'] = MALICIOUS
        report['warnings'] = [MALICIOUS, '<!--', ']]>']
        text = self.read(report)
        self.assertEqual(self.embedded(text), [report])
        parts = Parts(text)
        self.assertEqual(parts.comments, [])
        self.assertNotIn('img', [tag for tag, _ in parts.tags])
        data = text.split('id="reports">')[1].split('</script>')[0]
        self.assertNotIn('<', data)

    def test_nothing_is_loaded(self):
        parts = Parts(self.read(self.full()))
        for tag, attrs in parts.tags:
            self.assertNotIn(tag, ('iframe', 'object', 'embed', 'base', 'form'))
            for name in ('src', 'href', 'srcset', 'data', 'action', 'poster'):
                if name in attrs:
                    self.assertTrue(attrs[name].startswith(('data:', '#')), (tag, attrs))
        style = ''.join(parts.styles)
        self.assertIn('prefers-color-scheme: dark', style)
        for forbidden in ('url(', '@import', 'image-set('):
            self.assertNotIn(forbidden, style)
        policy = [attrs['content'] for tag, attrs in parts.tags
                  if attrs.get('http-equiv') == 'Content-Security-Policy']
        self.assertEqual(len(policy), 1)
        self.assertIn("default-src 'none'", policy[0])
        for line in re.findall(r"[\w-]+-src [^;]*", policy[0]):
            self.assertNotRegex(line, r'https?:|\*', line)

    def test_library_keeps_its_notice(self):
        library = Parts(self.read(self.real)).scripts[1]
        self.assertRegex(library, r'Chart\.js v[34]\.')
        self.assertIn('Released under the MIT License', library)

    def test_without_script_it_says_so(self):
        self.assertRegex(self.read(self.real), r'<noscript><p>[^<]*JavaScript[^<]*</p></noscript>')

    def test_a_full_device(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('needs /dev/full')
        path = self.file(json.dumps(self.real), 'report.json')
        page(path)
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([HTML_PAGE, path], stdout=full, stderr=subprocess.PIPE,
                                  timeout=cvpn.TIMEOUT)
        self.assertEqual((done.returncode, done.stderr),
                         (1, b'html_page: No space left on device\n'))


@unittest.skipIf(why_no_browser(), f'not tried in a browser: {why_no_browser()}')
class InABrowser(Page):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        # What the page before asked for, and at first the browser's own, is not this test's.
        self.browser.open('/dev/null')
        self.browser.console()
        self.browser.requests()
        self.browser.media()
        self.browser.width(DESK)

    def show(self, *reports):
        """Opens the page of these; nothing may be asked for, and no error said."""
        path = self.write(*reports)
        self.browser.open(path)
        self.assert_quiet(path)
        self.assertEqual(self.browser.run('return document.documentElement.dataset.ready'), 'yes')

    def assert_quiet(self, *paths):
        self.assertEqual(self.browser.console(), [])
        asked = [url for url in self.browser.requests() if not url.startswith('data:')]
        self.assertEqual(asked, ['file://' + path for path in paths])

    def text(self, selector):
        return self.browser.run('return [...document.querySelectorAll(arguments[0])]'
                                '.map((e) => e.innerText).join("\\n")', selector)

    def drawn(self):
        """How many charts are on the page, and how many have something drawn in them."""
        return self.browser.run('''
            const all = [...document.querySelectorAll('canvas')];
            const inked = all.filter((canvas) => {
                const blank = document.createElement('canvas');
                blank.width = canvas.width;
                blank.height = canvas.height;
                return canvas.toDataURL() !== blank.toDataURL();
            });
            return [all.length, inked.length];''')

    def assert_fits(self, pixels):
        """No part of the page is wider than the screen; tables scroll in boxes of their own."""
        # Not innerWidth, which on a phone grows with what does not fit.
        width, height = self.browser.run(
            'const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]')
        self.assertLessEqual(width, pixels)
        self.assertGreater(height, 800)

    def test_all_parts_of_a_report(self):
        self.show(self.full())
        # Lookups, rate and cost of readers, XDP.
        self.assertEqual(self.drawn(), [4, 4])
        self.assertIn('5.00 ns in trie, 9.00 ns in ebpf-trie and 80.0 ns in ebpf-lpm',
                      self.text('.headline'))
        self.assertEqual(self.text('h2').split('\n'),
                         ['Samples', 'Lookups: the trie and the others', 'The packet path',
                          'Environment', 'Raw JSON'])
        self.assertEqual(self.text('.alarm'), '')
        self.assertIn('MIT License', self.text('footer'))

    def test_samples_are_points(self):
        report = self.full()
        self.show(report)
        self.browser.run('document.querySelectorAll("#samples details").forEach((d) => {'
                         'd.open = true; d.fillIn(); })')
        strips, points = self.browser.run('''return ['svg.strip:has(.median)', '.sample, .beyond']
            .map((selector) => document.querySelectorAll(selector).length)''')
        self.assertEqual(strips, len(report['results']))
        self.assertEqual(points, sum(len(x['values']) for x in report['results']))

    def test_a_real_report(self):
        self.show(self.real)
        self.assertEqual(self.drawn(), [1, 1])

    def test_charts_have_words(self):
        self.show(self.full())
        labels = self.browser.run('''return [...document.querySelectorAll('canvas')]
            .map((canvas) => [canvas.getAttribute('role'), canvas.getAttribute('aria-label')])''')
        for role, label in labels:
            self.assertEqual(role, 'img')
            self.assertGreater(len(label), 30)
        self.assertIn('9.00 million packets/s', labels[-1][1])
        self.assertEqual(self.browser.run(
            'return document.querySelectorAll("figure:not(:has(figcaption))").length'), 0)

    def test_verdicts(self):
        report = self.full()
        for verdict, words in (
                ('regression', '1 of 16 results got worse by more than 5 %'),
                ('improvement', '1 of 16 results got better by more than 5 %'),
                ('unchanged', 'None of 16 results changed by more than 5 %'),
                ('inconclusive', 'The machine is not the same (governor)')):
            with self.subTest(verdict):
                # Higher is better of the last: its rise is no regression but reads the same.
                report['comparison'] = compared(report['results'], verdict)
                if verdict == 'inconclusive':
                    report['comparison']['differences'] = [
                        {'what': 'governor', 'before': 'performance', 'now': 'powersave'}]
                self.show(report)
                headline = self.text('.headline')
                self.assertIn(verdict.capitalize(), headline)
                self.assertIn(words, headline)
                self.assertEqual(self.drawn(), [5, 5])
                if verdict == 'regression':
                    self.assertIn('xdp/ebpf-trie/rate/ipv4/covered: +20.0 % [+18.5 %, +21.5 %]',
                                  headline)

    def test_what_spoils_a_report_comes_first(self):
        report = self.full()
        report['complete'] = False
        report['agreement']['disagreements'] = 3
        report['results'][-1]['valid'] = False
        self.show(report)
        alarm = self.text('.alarm')
        for word in ('WRONG VERDICTS: 3 of', 'VOID', 'INTERRUPTED'):
            self.assertIn(word, alarm)
        self.assertIn('there is no result', self.text('.headline'))

    def test_tables_of_several_sizes(self):
        reports = [self.full(scale) for scale in (1, 2, 3)]
        for report, routes in zip(reports, (10, 1000, 100000)):
            report['routes']['v4'] = routes
        self.show(*reports)
        self.assertIn('from 10 to 100,000 routes', self.text('.headline'))
        # Lookups, memory and building over sizes, and the path of each report, folded.
        self.assertEqual(self.browser.run('''return [...document.querySelectorAll('#engines canvas')]
            .filter((canvas) => canvas.dataset.drawn).length'''), 3)
        self.browser.run('''const form = document.querySelector('#engines select');
            form.value = 'bulk'; form.dispatchEvent(new Event('change'));''')
        self.assertIn('IPv4, bulk, covered', self.text('#engines h4'))
        self.assertEqual(self.browser.run('''return [...document.querySelectorAll('#engines canvas')]
            .filter((canvas) => canvas.dataset.drawn).length'''), 3)

    def test_names_do_nothing(self):
        report = self.full()
        report['routes']['file'] = MALICIOUS
        report['warnings'] = [MALICIOUS]
        self.show(report)
        self.assertEqual(self.browser.run('return document.querySelectorAll("img").length'), 0)
        self.assertIn('</script><script>alert(1)', self.text('#warnings'))

    def test_a_phone(self):
        report = self.full()
        report['comparison'] = compared(report['results'], 'regression')
        self.browser.width(PHONE)
        for reports in ([report], [self.full(1), self.full(2)]):
            with self.subTest(len(reports)):
                self.show(*reports)
                self.assert_fits(PHONE)
                self.browser.run('document.querySelectorAll("details").forEach((d) => {'
                                 'd.open = true; d.fillIn(); })')
                self.assert_fits(PHONE)

    def test_dark_and_back(self):
        self.show(self.full())

        def colours():
            return self.browser.run('''return [getComputedStyle(document.body).backgroundColor,
                charts[0].chart.options.scales.x.ticks.color]''')

        def become(scheme, are):
            self.browser.media(scheme)
            cvpn.wait_until(lambda: are(colours()), f'{scheme} colours', seconds=10)
            self.assertEqual(self.drawn(), [4, 4])
        light = colours()
        become('dark', lambda now: all(a != b for a, b in zip(light, now)))
        become('light', lambda now: now == light)

    def test_paper(self):
        self.browser.media('dark')
        report = self.full()
        # More results than are shown unfolded.
        report['results'] += [lookup('trie', 'single', 4, 'zipf')]
        path = self.write(report)
        self.browser.open(path)
        states = self.browser.run('''
            const state = () => [document.querySelectorAll('details[open]').length,
                getComputedStyle(document.body).backgroundColor];
            const before = state();
            dispatchEvent(new Event('beforeprint'));
            const paper = state();
            dispatchEvent(new Event('afterprint'));
            return [before, paper, state()];''')
        before, paper, after = states
        self.assertEqual(before, after)
        self.assertGreater(paper[0], before[0] + 2)
        self.assertEqual(paper[1], 'rgb(255, 255, 255)')
        self.assert_quiet(path)

    def test_download(self):
        report = self.full()
        self.show(report)
        text = self.browser.run('''
            const raw = document.querySelector('#raw details');
            raw.open = true; raw.fillIn();
            return raw.querySelector('pre').textContent;''')
        self.assertEqual(cvpn.parse_json(text), report)
        self.assertRegex(self.browser.run('''const link = document.querySelector('#raw a');
            link.addEventListener('click', (event) => event.preventDefault());
            link.click(); return link.href;'''), '^blob:')


if __name__ == '__main__':
    cvpn.main()
