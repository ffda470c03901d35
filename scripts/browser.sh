#!/bin/sh
# The report's tests open it in a real browser. Installs Debian's Chromium and its driver when this is
# root on a machine with apt; says what to do otherwise. Never fails: those tests then skip and say why.
have() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

if have && command -v chromedriver >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the report's tests"
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium chromium-driver) >/dev/null 2>&1 && exit 0
fi
echo "No Chromium with its driver: the report's browser tests will be skipped (apt-get install chromium chromium-driver)"
exit 0
