// Screens that pages are looked at on, and what a machine can say about how they look.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { here } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = path.join(here, 'screenshots');

export const LOOKS = {
  light: { viewport: { width: 1200, height: 850 }, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 850 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 360, height: 740 },
    colorScheme: 'light',
    isMobile: true,
    hasTouch: true,
  },
};

/** What keeps people out, as axe finds it, and being wider than the screen. */
export async function seriousBarriers(page) {
  const { violations } = await page.evaluate(`${axe}; axe.run()`);
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const found = serious.map(({ id, nodes }) => `${id} ${nodes[0].html}`);
  const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
  return fits ? found : [...found, 'wider than the screen'];
}

export async function screenshot(page, name) {
  fs.mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}
