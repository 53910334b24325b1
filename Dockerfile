# The service without its own PostgreSQL: it wants DATABASE_URL (docker-compose.yml gives it).

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock pyproject.toml ./
# Tools (uv, Node, hatchling) stay in this stage; every package is checked against its locked hash.
RUN python -m venv /tools \
 && sed -n '/^uv==/,/[^\\]$/p' requirements.lock | /tools/bin/pip install --require-hashes -r /dev/stdin \
 && /tools/bin/uv pip install --python /tools/bin/python --require-hashes -r requirements.lock
RUN python -m venv --without-pip /venv \
 && /tools/bin/uv pip install --python /venv/bin/python --compile-bytecode \
      --require-hashes --constraint requirements.lock -r pyproject.toml
ENV PATH=/tools/bin:$PATH
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN cd web && npm ci --no-progress
COPY . .
RUN cd web && npm run build
RUN python -m hatchling build -t wheel:editable \
 && uv pip install --python /venv/bin/python --no-deps dist/jingwei-*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/jingwei --create-home jingwei
COPY --from=build /venv /venv
COPY --from=build /app/gis /app/gis
COPY --from=build /app/layers /app/layers
COPY --from=build /app/api /app/api
COPY --from=build /app/data /app/data
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    JINGWEI_DATA_FOLDER=/var/lib/jingwei
WORKDIR /var/lib/jingwei
USER jingwei
EXPOSE 8000
CMD ["jingwei", "serve", "--host", "0.0.0.0", "--port", "8000"]
