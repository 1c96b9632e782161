# The server shape: no embedded database, nothing of the development tools.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm install
COPY . .
RUN npm run -s build

FROM node:24-bookworm-slim AS packages
# For the native part of ssh2.
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm install --omit=dev --omit=optional

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    SALLYPORT_CONFIG=/etc/sallyport/sallyport.yaml \
    SALLYPORT_DATA=/var/lib/sallyport
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist/server ./dist/server
# The server looks for the pages beside its own root.
COPY --from=build /app/dist/pages ./dist/server/dist/pages
COPY package.json LICENSE ./
COPY bin ./bin
RUN mkdir -p /var/lib/sallyport && chown node:node /var/lib/sallyport
USER node
VOLUME /var/lib/sallyport
EXPOSE 7180 6432 2222
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7180/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/bin/sallyport"]
CMD ["start"]
