# DigitLens in a container, for a class or a server:
#   docker build -t digitlens .
#   docker run -p 8501:8501 -v digitlens-data:/digitlens/data -v digitlens-runs:/digitlens/runs -v digitlens-own:/digitlens/own digitlens
# With a page for the teacher: -v "$PWD/.streamlit/secrets.toml:/digitlens/.streamlit/secrets.toml:ro"
FROM python:3.11-slim

RUN useradd --create-home --home-dir /digitlens digitlens
WORKDIR /digitlens

# torch for processors first: the usual one brings gigabytes for graphics cards that are not there.
COPY requirements.txt .
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "$(grep ^torch== requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt

COPY --chown=digitlens app.py ./
COPY --chown=digitlens .streamlit/config.toml .streamlit/
COPY --chown=digitlens assets assets
COPY --chown=digitlens ocr ocr
COPY --chown=digitlens pages pages
RUN mkdir data runs own && chown digitlens data runs own

USER digitlens
VOLUME ["/digitlens/data", "/digitlens/runs", "/digitlens/own"]
EXPOSE 8501
HEALTHCHECK --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health')"]
# Without a network it goes on with the bundled digits, and says so.
CMD ["sh", "-c", "python -m ocr data --download; exec python -m streamlit run app.py --server.address=0.0.0.0 --server.headless=true"]
