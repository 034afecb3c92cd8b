import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOf } from './package-files.js';

export type Asset = { readonly contentType: string; readonly body: string | Buffer };

/** The page may run what this server serves, and nothing else: it works without any other host. */
export const docsPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Shop API</title><link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

const start = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });`;

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': script,
  'favicon-32x32.png': 'image/png',
};

const assetFolder = (): string => join(fileOf('swagger-ui-dist/package.json'), '..');

/** What `/docs` shows and loads, by file name; only names listed here are ever read. */
export const docsAssets = (): ((name: string) => Promise<Asset | undefined>) => {
  const loaded = new Map<string, Promise<Asset>>();
  const load = async (name: string, contentType: string): Promise<Asset> => ({
    contentType,
    body: await readFile(join(assetFolder(), name)),
  });
  return async (name) => {
    if (name === '') return { contentType: html, body: page };
    if (name === 'start.js') return { contentType: script, body: start };
    const contentType = Object.hasOwn(files, name) ? files[name] : undefined;
    if (contentType === undefined) return undefined;
    const asset = loaded.get(name) ?? load(name, contentType);
    loaded.set(name, asset);
    return asset;
  };
};
