"""Downloads of press databases: files with many articles, in the layouts of Nexis, Factiva, ProQuest and others.

Labels depend on the language of the database's pages, so structure decides first, and labels by `labels` second. A
reader compares the number of articles that it found with the number that the file states.
"""
