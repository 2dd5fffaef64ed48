filedesc://crawl.arc 0.0.0.0 20230202100000 text/plain 67
1 0 Marrow
URL IP-address Archive-date Content-type Archive-length

https://marrow.example/2023/02/01/lighthouse 127.0.0.1 20230202100001 text/html 1029
HTTP/1.1 200 OK
Content-Type: text/html

<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lighthouse relit after forty years - The Marrow Gazette</title>
<meta property="og:type" content="article">
<meta property="og:title" content="Lighthouse relit after forty years">
<meta property="og:site_name" content="The Marrow Gazette">
<meta property="article:published_time" content="2023-02-01T07:30:00+01:00">
<meta property="article:section" content="Coast">
<meta name="author" content="Jo Fenn">
<link rel="canonical" href="https://marrow.example/2023/02/01/lighthouse">
</head>
<body>
<nav><a href="/">Home</a> <a href="/coast">Coast</a></nav>
<article>
<h1>Lighthouse relit after forty years</h1>
<p>The lighthouse at Cape Marrow shone again on Tuesday night, forty years after its keeper put out the lamp.</p>
<p>Several hundred people watched from the harbour wall, said the mayor, Ada Quill, who had asked for it since 1999.</p>
</article>
<footer>The Marrow Gazette, Quay 4</footer>
</body>
</html>

