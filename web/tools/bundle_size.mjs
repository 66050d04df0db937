/** Prints the gzip size of every script of the built pages and of the first page; fails above the budget of UX.md rule 8. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const bundle = new URL('../../src/xinglin/server/web_bundle/', import.meta.url);
const budgetBytes = 450 * 1000;
const index = readFileSync(new URL('index.html', bundle), 'utf8');
const scripts = readdirSync(new URL('assets/', bundle)).filter((name) => name.endsWith('.js'));
let firstPageBytes = 0;
for (const name of scripts) {
  const bytes = gzipSync(readFileSync(new URL(`assets/${name}`, bundle)), { level: 9 }).length;
  const first = index.includes(name);
  if (first) firstPageBytes += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${first ? 'first page' : 'by route  '}  ${name}`);
}
console.log(
  `${(firstPageBytes / 1000).toFixed(1).padStart(8)} kB  first page of ${budgetBytes / 1000} allowed`,
);
if (firstPageBytes > budgetBytes) process.exit(1);
