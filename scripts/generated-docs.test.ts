// Goal: the generated pages say what the code says. Method: make them anew and compare; MURMUR_WRITE_DOCS=1 writes them instead.
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {compatibilityPage} from '@murmuration/conformance';
import {cliPage, configurationPage, metricsPage} from './generated-pages.js';

const root = dirname(__dirname);
const isWriting = process.env['MURMUR_WRITE_DOCS'] === '1';

describe('generated pages', () => {
  const saved = {...process.env};
  beforeAll(() => {
    // Defaults of the commands come from the environment; the pages show the ones without it.
    for (const name of Object.keys(process.env)) if (name.startsWith('MURMUR_') || name === 'COLUMNS') delete process.env[name];
  });
  afterAll(() => void Object.assign(process.env, saved));

  test.each([
    ['configuration.md', (): string => configurationPage()],
    ['cli.md', cliPage],
    ['metrics.md', (): string => metricsPage(root)],
    ['compatibility.md', compatibilityPage],
  ])('docs/%s equals a fresh one', async (name, make) => {
    const path = join(root, 'docs', name);
    const page = await make();
    if (isWriting) writeFileSync(path, page);
    expect(readFileSync(path, 'utf8')).toBe(page);
  });
});
