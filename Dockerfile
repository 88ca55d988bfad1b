# The service, and with `--target simulators` the simulators of both vendors. Node is the image's own: the dev dependency
# `node` stays out. CI runs these very steps: tools/image/run-dockerfile.sh.
FROM node:26.10.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# The console is built with the development packages, of which none reaches the service.
FROM node:26.10.0-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY docs/operations.md ./docs/operations.md
COPY src ./src
COPY tools/console ./tools/console
COPY console ./console
RUN node tools/console/build.ts

FROM node:26.10.0-bookworm-slim AS base
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=console /app/console/dist ./console/dist
COPY package.json journeys.yaml ./
COPY src ./src
COPY tools/image/health.mjs ./tools/image/health.mjs
RUN mkdir -m 1777 compiled
ENV NODE_ENV=production
USER node

FROM base AS simulators
COPY simulators ./simulators
ENV SIM_HOST=0.0.0.0
ENV SIM_SERVICENOW_PORT=8181
EXPOSE 8181 8182
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["node", "tools/image/health.mjs", "/_sim", "SIM_SERVICENOW_PORT"]
CMD ["node", "simulators/main.ts"]

# Nothing is written but to Kafka, the database and the network: run it with a read-only root file system, and DATABASE_URL.
FROM base AS service
ENV HTTP_HOST=0.0.0.0
# Compiled code, so that a start need not compile: each command writes down what it loaded. The service says which variables are
# missing and ends. Another user, other flags of V8 or another kind of CPU find nothing here, and compile (docs/performance.md "Idle").
ENV NODE_COMPILE_CACHE=compiled
RUN node src/cli/main.ts --version && node src/main.ts 2>&1 | grep KAFKA_BROKERS
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "tools/image/health.mjs", "/health/live"]
CMD ["node", "--v8-pool-size=2", "src/main.ts"]
