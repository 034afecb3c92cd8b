// Keeps the documents true: settings and their defaults, the calls of requests.http, the tests that docs/requirements.md names, the codes of
// docs/errors.md, and links between files. Needs the built shop. Exits 1 with everything that is not so.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { allRoutes, problemStatus } from '../packages/http/dist/index.js';
import { readSettings } from '../services/all-in-one/dist/settings.js';
import { commandApiOnEngines } from '../services/command-api/dist/on-engines.js';
import { projectorOnEngines } from '../services/projector/dist/on-engines.js';
import { queryApiOnEngines } from '../services/query-api/dist/on-engines.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file) => readFileSync(join(root, file), 'utf8');
const faults = [];
const expect = (holds, fault) => {
  if (!holds) faults.push(fault);
};
const sameNames = (what, found, wanted) => {
  for (const name of wanted) expect(found.includes(name), `${what} lacks ${name}`);
  for (const name of found) expect(wanted.includes(name), `${what} has ${name}, which the code does not know`);
};

const checkSettings = () => {
  const sources = ['packages/http', ...['command-api', 'projector', 'query-api', 'all-in-one'].map((name) => `services/${name}`)];
  const known = sources.flatMap((folder) =>
    [...read(`${folder}/src/settings.ts`).matchAll(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*): /g)].map(([, name]) => name),
  );
  const wanted = [...new Set(known)];
  const example = new Map([...read('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  const table = new Map(
    [...read('README.md').matchAll(/^\| `([A-Z][A-Z0-9_]*)`\s*\|\s*(?:`(.*?)`)?\s*\|/gm)].map(([, name, value = '']) => [name, value]),
  );
  sameNames('.env.example', [...example.keys()], wanted);
  sameNames('the table of README.md', [...table.keys()], wanted);
  const defaults = readSettings({});
  for (const [name, value] of example) {
    expect(table.get(name) === value, `${name} is ${value} in .env.example and ${table.get(name)} in README.md`);
    if (value !== '') expect(isDeepStrictEqual(readSettings({ [name]: value }), defaults), `${value} is not the default of ${name}`);
  }
};

/** Variables of the services on engines: each stands in one of the two tables, with its default. */
const checkServiceSettings = () => {
  const rows = [...read('docs/settings.md').matchAll(/^\| `([A-Z][A-Z0-9_]*)`\s*\| (.*?)\s*\|/gm)];
  const table = new Map(rows.map(([, name, value]) => [name, value.replaceAll('`', '').split(' ')]));
  const others = [...read('README.md').matchAll(/^\| `([A-Z][A-Z0-9_]*)`\s*\|/gm)].map(([, name]) => name);
  const defaultOf = (schema) => {
    const { data, success } = schema.safeParse(undefined);
    return success ? String(data ?? '') : 'required';
  };
  for (const { name: service, variables } of [commandApiOnEngines, queryApiOnEngines, projectorOnEngines])
    for (const [name, schema] of Object.entries(variables.shape)) {
      const told = table.get(name);
      if (told) expect(told.includes(defaultOf(schema)), `docs/settings.md: the default of ${name} is ${defaultOf(schema)} in ${service}`);
      else expect(others.includes(name), `docs/settings.md and README.md lack ${name} of ${service}`);
    }
};

const checkRequests = () => {
  const called = [...read('requests.http').matchAll(/^(GET|POST|PUT|PATCH|DELETE) \{\{shop\}\}([^\s?]*)/gm)].map(([, method, path]) => ({
    method,
    path,
  }));
  const fits = (pattern, path) => {
    const parts = path.split('/');
    return (
      pattern.split('/').length === parts.length &&
      pattern.split('/').every((part, at) => part === parts[at] || (part.startsWith(':') && parts[at].startsWith('{{')))
    );
  };
  for (const { method, path } of allRoutes)
    expect(
      called.some((call) => call.method === method.toUpperCase() && fits(path, call.path)),
      `requests.http lacks ${method.toUpperCase()} ${path}`,
    );
};

const checkTitles = () => {
  for (const line of read('docs/requirements.md').split('\n')) {
    const files = [...line.matchAll(/\]\(\.\.\/([^)]+\.ts)\)/g)].map(([, file]) => file);
    if (files.length === 0) continue;
    const source = files.map((file) => (existsSync(join(root, file)) ? read(file) : '')).join('\n');
    for (const [, title] of line.matchAll(/“([^”]+)”/g))
      expect(source.includes(title), `docs/requirements.md: no test “${title}” in ${files.join(', ')}`);
  }
};

const checkCodes = () => {
  const told = [...read('docs/errors.md').matchAll(/^\| (\d{3})\s*\| `([A-Z_]+)`/gm)].map(([, status, code]) => `${status} ${code}`);
  sameNames(
    'docs/errors.md',
    told,
    Object.entries(problemStatus).map(([code, status]) => `${status} ${code}`),
  );
};

const checkLinks = () => {
  const pages = [...readdirSync(root), ...readdirSync(join(root, 'docs'), { recursive: true }).map((file) => `docs/${file}`)].filter(
    (file) => file.endsWith('.md'),
  );
  const anchorsOf = (page) =>
    [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-'),
    );
  for (const page of pages)
    for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?|mailto):/.test(target)) continue;
      const [path, anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)), `${page}: ${target} is not there`);
      if (anchor !== undefined && existsSync(join(root, file)))
        expect(anchorsOf(file).includes(anchor), `${page}: ${target} has no such heading`);
    }
};

for (const check of [checkSettings, checkServiceSettings, checkRequests, checkTitles, checkCodes, checkLinks]) check();
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log('the documents say what the code does: settings, calls, tests, codes, links');
