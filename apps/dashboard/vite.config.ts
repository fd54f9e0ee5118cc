import react from '@vitejs/plugin-react';
import { defineConfig, type HtmlTagDescriptor, type Plugin } from 'vite';

const gateway = process.env['FRESHET_GATEWAY'] ?? 'http://127.0.0.1:8080';

/**
 * Asks for all that the home page needs as soon as its HTML is there: the chunk of Pulse and the letters would
 * otherwise be asked for when the main script has run.
 */
function preloadHome(): Plugin {
  return {
    name: 'preload-home',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const home = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/pulse/PulsePage.tsx'));
        const main = chunks.find(({ isEntry, name }) => isEntry && name === 'main');
        if (home === undefined || main === undefined) throw new Error('no chunk of the home page to preload');
        const loaded = new Set([main.fileName, ...main.imports]);
        const scripts = [home.fileName, ...home.imports].filter((file) => !loaded.has(file));
        const styles = scripts.flatMap((file) => [
          ...(chunks.find(({ fileName }) => fileName === file)?.viteMetadata?.importedCss ?? []),
        ]);
        const fonts = Object.keys(bundle).filter((file) => /-latin-wght-normal-.*\.woff2$/.test(file));
        const link = (href: string, attrs: Record<string, string>): HtmlTagDescriptor => ({
          tag: 'link',
          attrs: { ...attrs, href: `/${href}` },
          injectTo: 'head',
        });
        return [
          ...scripts.map((file) => link(file, { rel: 'modulepreload', crossorigin: '' })),
          ...styles.map((file) => link(file, { rel: 'stylesheet', crossorigin: '' })),
          ...fonts.map((file) =>
            link(file, { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '' }),
          ),
        ];
      },
    },
  };
}

export default defineConfig(({ command }) => {
  // What starts the build may run it as 'development', and React would then ship its slow half, checks and all.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    plugins: [react(), preloadHome()],
    /** The libraries are bundled from their sources. */
    resolve: { conditions: ['@freshet/source', 'browser', 'module', 'import', 'default'] },
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      target: ['chrome123', 'firefox121', 'safari17.5'],
      sourcemap: false,
      rolldownOptions: {
        input: { main: 'index.html', embed: 'src/embed/freshet-live.ts' },
        // What other pages import has to keep its name and its exports.
        preserveEntrySignatures: 'exports-only',
        output: {
          entryFileNames: ({ name }) =>
            name === 'embed' ? 'embed/freshet-live.js' : 'assets/[name]-[hash].js',
          codeSplitting: {
            groups: [
              {
                name: 'react',
                priority: 2,
                test: /node_modules[\\/](react|react-dom|react-is|scheduler|use-sync-external-store|clsx|eventemitter3)[\\/]/,
              },
              {
                name: 'charts',
                priority: 1,
                test: /node_modules[\\/](recharts|d3-[a-z]+|internmap|victory-vendor|@reduxjs|react-redux|redux|redux-thunk|reselect|immer|es-toolkit|decimal\.js-light|tiny-invariant)[\\/]/,
              },
            ],
          },
        },
      },
    },
    server: {
      host: '127.0.0.1',
      port: 5173,
      proxy: {
        '/api': { target: gateway },
        '/live': { target: gateway.replace(/^http/, 'ws'), ws: true },
      },
    },
  };
});
