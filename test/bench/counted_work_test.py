"""Guards the instructions of the probe loop and of a workflow step, which are the same on every quiet or busy machine.

Usage: counted_work_test.py COUNTED_WORK_PROGRAM. Fails where one takes more than its bound: raise the bound with the
change that is worth it.
"""

import re
import subprocess
import sys

# What one probe (sent, answered, judged, set anew; the simulated clock is most of it) and one execution of one task may
# take.
BOUNDS = {'probes': (2_000, 10_000, 3_800), 'workflows': (20, 120, 80_000)}


def instructions(program, what, count):
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', program, what, str(count)],
                          stderr=subprocess.PIPE, check=True, text=True)
    return int(re.search(r'Collected : (\d+)', done.stderr).group(1))


def main():
    failed = False
    for what, (few, many, bound) in BOUNDS.items():
        each = (instructions(sys.argv[1], what, many) - instructions(sys.argv[1], what, few)) / (many - few)
        print(f'{what}: {each:,.0f} instructions each; at most {bound:,}')
        failed |= each > bound
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
