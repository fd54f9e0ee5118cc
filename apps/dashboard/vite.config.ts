import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const gateway = process.env['FRESHET_GATEWAY'] ?? 'http://127.0.0.1:8080';

export default defineConfig(({ command }) => {
  // What starts the build may run it as 'development', and React would then ship its slow half, checks and all.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    plugins: [react()],
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
