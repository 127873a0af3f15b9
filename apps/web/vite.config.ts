import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type ProxyOptions } from 'vite';

/*
 * `MAPSCOPE_AGENT=http://127.0.0.1:7070/?token=… npx vite apps/web`: this page, rebuilt as it is edited, on an agent that runs already. Its
 * address is given as the agent printed it; it lets in whoever has its cookie, and its own origin only.
 */
async function agentProxy(printed: string): Promise<Record<string, ProxyOptions>> {
  const { origin } = new URL(printed),
    answer = await fetch(printed, { redirect: 'manual' }),
    cookie = answer.headers
      .getSetCookie()
      .map((set) => set.split(';', 1)[0])
      .join('; ');
  const way: ProxyOptions = { target: origin, changeOrigin: true, headers: { origin, cookie } };
  return { '/api': way, '/ws': { ...way, ws: true } };
}

export default defineConfig(async () => {
  const agent = process.env['MAPSCOPE_AGENT'];
  return {
    plugins: [react()],
    // Workspace packages from source: no build of theirs stands between a change and the page.
    resolve: { conditions: ['mapscope-src', ...defaultClientConditions] },
    build: {
      target: 'es2023',
      // A data: address would need a looser content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // On a slow machine set-up would print how long each plugin took.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
    worker: { format: 'es' as const },
    server: agent === undefined ? {} : { proxy: await agentProxy(agent) },
  };
});
