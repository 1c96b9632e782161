/** Builds the browser side (src/pages) to dist/pages, which the web server serves. */
import { fileURLToPath } from 'node:url';
import { defineConfig, loadEnv } from 'vite';

const SERVER_PATHS = ['/api', '/auth', '/chat/api'];

export default defineConfig(({ mode }) => {
  const root = fileURLToPath(new URL('./src/pages', import.meta.url));
  const settings = loadEnv(mode, fileURLToPath(new URL('.', import.meta.url)), 'SALLYPORT_');
  const target = settings['SALLYPORT_URL'] ?? 'http://127.0.0.1:8080';
  return {
    root,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: fileURLToPath(new URL('./dist/pages', import.meta.url)),
      emptyOutDir: true,
      target: 'es2023',
      // Lowering light-dark() and friends would only help browsers that the scripts do not support anyway.
      cssTarget: ['chrome126', 'firefox130', 'safari18'],
      // A data: URL would need an exception in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        // The terminal's page is one of its own: nobody else loads its player.
        input: ['index.html', 'terminal.html'].map((page) => `${root}/${page}`),
      },
    },
    server: {
      host: '127.0.0.1',
      // The server compares Origin with its own address, so the proxy speaks with that one.
      proxy: Object.fromEntries(
        SERVER_PATHS.map((path) => [
          path,
          { target, changeOrigin: true, headers: { origin: new URL(target).origin } },
        ]),
      ),
    },
  };
});
