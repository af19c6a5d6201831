"""Runs a command that the kernel kills when its parent dies, even by SIGKILL.

Usage: die_with_parent.py PARENT_PID COMMAND [ARGUMENT ...]. Linux only (prctl). Stands alone, so
that it starts in milliseconds under `python -I -S`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

parent, command = int(sys.argv[1]), sys.argv[2:]
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != parent:  # it died before the kernel was told
    sys.exit(1)
os.execv(command[0], command)
