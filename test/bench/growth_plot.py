"""Draws how the cost of monitors grows with their number, as SVG; needs no library."""

import math

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50


class Panel:
    """One curve over the number of monitors (logarithmic); the vertical axis begins at 0."""

    def __init__(self, offset, title, points):
        self.offset = offset
        self.title = title
        self.points = points
        self.low = math.log10(points[0][0])
        self.high = math.log10(points[-1][0])
        top = max(value for _, value in points)
        step = 10 ** math.floor(math.log10(top))
        self.ticks = [step * i for i in range(int(top / step) + 2)]

    def x(self, monitors):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(monitors) - self.low) / (self.high - self.low)

    def y(self, value):
        return self.offset + TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.ticks[-1])

    def draw(self):
        yield f'<text x="{LEFT}" y="{self.offset + 24}" font-weight="bold">{self.title}</text>'
        for tick in self.ticks:
            yield (f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}" '
                   'stroke="#ddd"/>')
            yield f'<text x="{LEFT - 8}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        line = ' '.join(f'{self.x(n):.1f},{self.y(value):.1f}' for n, value in self.points)
        yield f'<polyline points="{line}" fill="none" stroke="#1f6feb" stroke-width="2"/>'
        for n, value in self.points:
            yield f'<circle cx="{self.x(n):.1f}" cy="{self.y(value):.1f}" r="3" fill="#1f6feb"/>'
            yield (f'<text x="{self.x(n):.1f}" y="{self.offset + HEIGHT - BOTTOM + 18}" '
                   f'text-anchor="middle">{n:,.0f}</text>')


def draw(runs, path):
    """`runs`: what monitors_bench has measured, in order of the number of monitors."""
    titles = {'cpu_us_per_probe': 'Processor time per check, all included (us)',
              'bytes_per_monitor': 'Memory per monitor (bytes)',
              'latest_ms': 'The latest probe (ms after its interval of 10 s)'}
    panels = [Panel(i * HEIGHT, title, [(run['monitors'], max(run[key], 0)) for run in runs])
              for i, (key, title) in enumerate(titles.items())]
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT * len(panels)}" '
                   'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n')
        for panel in panels:
            file.write('\n'.join(panel.draw()) + '\n')
        file.write('</svg>\n')
