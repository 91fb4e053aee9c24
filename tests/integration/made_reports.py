# SPDX-License-Identifier: BSD-2-Clause
"""Parts of reports made by hand: what a machine that can do all would report, at once and alike."""


def digits(value):
    """A figure with as many digits as reports have."""
    return float(f'{value:.6g}')


def estimate(median, spread=0.02):
    return {'median': digits(median), 'low': digits(median * (1 - spread)),
            'high': digits(median * (1 + spread))}


def result(name, unit, median, **more):
    better = 'higher' if unit == 'packets/s' else 'lower'
    values = [digits(median * (1 + step / 100)) for step in (0, 1, -2, 2, -1, 9)]
    return {'name': name, 'unit': unit, 'better': better, **estimate(median), 'samples': 6,
            'warm_up': 1, 'values': values, **more}


def lookup(engine, variant, median, traffic='covered'):
    return result(f'lookup/{engine}/{variant}/jit/ipv4/{traffic}', 'ns/lookup', median,
                  stage='lookup', engine=engine, variant=variant, kernel='jit', family='ipv4',
                  traffic=traffic, keys=1024, baseline_ns=0.4, entry_bytes=0, output_bits=16)


def change(engine, kind, unit, median):
    return result(f'lookup/{engine}/{kind}/ipv4', unit, median, stage='lookup', engine=engine,
                  variant=kind, family='ipv4', entry_bytes=0, routes=15)


def packets(**more):
    return {'family': 'ipv4', 'traffic': 'covered', 'size': 64, 'offered': 1100, 'refused': 100,
            'accepted': 1000, 'received': 1000, 'tunnel': 600, 'physical': 390, 'drop': 10,
            'unparsed': 0, 'valid': True, **more}


def tun(reader, rate, cost):
    more = packets(stage='tun', reader=reader, source='bpf', source_ceiling=3e6)
    return [result(f'tun/{reader}/rate/ipv4/covered/64', 'packets/s', rate, **more,
                   source_limited=False),
            result(f'tun/{reader}/cost/ipv4/covered/64', 'ns-cpu/packet', cost, **more,
                   without_decision=estimate(cost - 6), decision=estimate(6))]


def xdp(engine, rate):
    more = packets(stage='xdp', engine=engine, floor=9e6, of_floor=estimate(rate / 9e6),
                   of_10gbe_line_rate=digits(rate / 14.881e6))
    return result(f'xdp/{engine}/rate/ipv4/covered', 'packets/s', rate, **more)


def compared(results, verdict, **more):
    """A comparison in which the last result is what the verdict is about, and rose by 20 %."""
    rows = [{'name': x['name'], 'unit': x['unit'], 'better': x['better'], 'before': x['median'],
             'now': x['median'], 'change_percent': 0.1, 'low_percent': -0.6, 'high_percent': 0.8,
             'p': 0.4, 'p_adjusted': 1, 'effect': 0.1, 'verdict': 'unchanged'} for x in results]
    if verdict in ('regression', 'improvement'):
        rows[-1].update(before=rows[-1]['now'] / 1.2, change_percent=20, low_percent=18.5,
                        high_percent=21.5, p=1e-6, p_adjusted=1e-4, effect=1, verdict=verdict)
    return {'kind': 'baseline', 'before': 'before.json', 'before_version': '0.1.0',
            'before_commit': 'abc1234', 'launches': 1,
            'max_regression_percent': 5, 'test': 'mann-whitney',
            'verdict': verdict, 'differences': [], 'results': rows, 'only_before': [],
            'only_now': [], 'advice': [], **more}
