# Runs Autobahn's fuzzing client. Arguments: the folder with its packages, the file that says what to test.
# `addsitedir` reads .pth files, which `zope.interface` needs; a path alone does not.
import site
import sys

site.addsitedir(sys.argv[1])
sys.argv = ["wstest", "-m", "fuzzingclient", "-s", sys.argv[2]]

from autobahntestsuite.wstest import run

run()
