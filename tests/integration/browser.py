# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium for tests of pages: WebDriver as W3C has it, which is JSON by HTTP."""

import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

TIMEOUT = 60

ARGUMENTS = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage',
    '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync',
]


@functools.cache
def why_no_browser():
    """Why there is no browser here, or an empty string."""
    for name in ('chromedriver', 'chromium'):
        if not shutil.which(name):
            return f'needs {name} (Debian: chromium, chromium-driver)'
    return ''


class Browser:
    """One browser with one page; close() ends it and removes what it wrote."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='cvpn-bench-browser-')
        self.driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True,
                                       env={**os.environ, 'HOME': self.folder})
        self.session = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self):
        for line in self.driver.stdout:
            found = re.search(r'started successfully on port (\d+)', line)
            if found:
                break
        else:
            raise AssertionError('chromedriver ended before it listened')
        self.url = f'http://127.0.0.1:{found[1]}/session'
        options = {'binary': shutil.which('chromium'),
                   'args': [*ARGUMENTS, f'--user-data-dir={self.folder}/profile']}
        made = self._call('POST', '', {'capabilities': {'alwaysMatch': {
            'browserName': 'chrome', 'goog:chromeOptions': options,
            'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'}}}})
        self.session = made['sessionId']
        self.url += '/' + self.session

    def close(self):
        if self.session:
            self._call('DELETE', '')
        self.driver.terminate()
        self.driver.communicate(timeout=TIMEOUT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={'Content-Type': 'application/json'})
        # No proxy of the machine's between the test and its own process.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=TIMEOUT) as answer:
            return json.load(answer)['value']

    def open(self, path):
        """Opens a file, and returns when its scripts have run."""
        self._call('POST', '/url', {'url': 'file://' + path})

    def run(self, script, *args):
        """Runs JavaScript in the page and returns what it returns."""
        return self._call('POST', '/execute/sync', {'script': script, 'args': list(args)})

    def devtools(self, command, **parameters):
        return self._call('POST', '/goog/cdp/execute', {'cmd': command, 'params': parameters})

    def media(self, scheme='light', kind=''):
        self.devtools('Emulation.setEmulatedMedia', media=kind,
                      features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def width(self, pixels, height=800):
        self.devtools('Emulation.setDeviceMetricsOverride', width=pixels, height=height,
                      deviceScaleFactor=1, mobile=pixels < 600)

    def console(self):
        """What was written to the console, and errors, since the last call."""
        return [f'{entry["level"]}: {entry["message"]}'
                for entry in self._call('POST', '/se/log', {'type': 'browser'})]

    def requests(self):
        """The addresses that were asked for since the last call."""
        events = [json.loads(entry['message'])['message']
                  for entry in self._call('POST', '/se/log', {'type': 'performance'})]
        return [event['params']['request']['url'] for event in events
                if event['method'] == 'Network.requestWillBeSent']
