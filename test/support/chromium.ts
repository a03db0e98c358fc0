import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, without a window and without traffic of its own; `rules` say which local port stands for which host. */
export function startChromium(rules: string): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-sync',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      `--host-resolver-rules=${rules}`,
    ],
  });
}
