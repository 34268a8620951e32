// Turns the components of snippets/ into pages that a browser can open, without touching their code.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { transform } from 'sucrase';
import { here } from './support.mjs';

const require = createRequire(import.meta.url);
const OPTIONS = { transforms: ['typescript', 'jsx', 'imports'], production: true };

function compiled(name, pragma) {
  const source = fs.readFileSync(path.join(here, 'snippets', `${name}.tsx`), 'utf8');
  return transform(source, { ...OPTIONS, jsxPragma: pragma }).code;
}

/** JSX to HTML text; the snippets' scripts are text that must stay as it is. */
function h(tag, attributes, ...children) {
  const written = Object.entries(attributes ?? {}).map(([name, value]) =>
    value === true ? ` ${name}` : ` ${name}="${value}"`,
  );
  const isVoid = ['input', 'br', 'img'].includes(tag);
  return `<${tag}${written.join('')}>${isVoid ? '' : `${children.flat().join('')}</${tag}>`}`;
}

/** A component that is a whole page, rendered on the server as its framework would. */
function rendered(name) {
  const module = { exports: {} };
  new Function('exports', 'h', compiled(name, 'h'))(module.exports, h);
  return `<!doctype html>\n${module.exports.default()}`;
}

/** A component with hooks, run in the browser by React. */
function mounted(name) {
  const code = compiled(name, 'React.createElement');
  return `<!doctype html>
<html lang="en"><head><title>${name}</title></head><body><div id="root"></div>
<script src="react.js"></script><script src="react-dom.js"></script>
<script>
  const exports = {};
  const { useState, useEffect } = React;
  ${code}
  ReactDOM.createRoot(document.getElementById('root')).render(React.createElement(exports.default));
</script></body></html>`;
}

/** Writes the four pages and what they need into `folder`. */
export function writeSnippets(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ['events', 'status', 'chat'])
    fs.writeFileSync(path.join(folder, `${name}.html`), rendered(name));
  fs.writeFileSync(path.join(folder, 'activity.html'), mounted('activity'));
  for (const name of ['react', 'react-dom']) {
    const root = path.dirname(require.resolve(`${name}/package.json`));
    fs.copyFileSync(
      path.join(root, 'umd', `${name}.production.min.js`),
      path.join(folder, `${name}.js`),
    );
  }
}
